"""What is stored about whoever is logged in: to read, to keep, to erase."""

import json
from typing import Any

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import actions
from accounts.erasing import erase, may_go, ties_of
from accounts.export import everything_about
from accounts.forms import EraseForm
from accounts.standing import leaving_nothing
from accounts.tokens import user_asked
from accounts.views.log_in import SignedInRequest
from accounts.views.second_factor import recently_proven
from outbox.tokens import BadToken


@never_cache
@require_safe
@login_required
def my_data(request: SignedInRequest) -> HttpResponse:
    """What can be done with it. Whoever found a phone unlocked is asked for a code before anything is."""
    return render(request, "account/my_data.html", {"may_go": may_go(request.user)})


@never_cache
@require_safe
@recently_proven
def my_data_file(request: SignedInRequest) -> HttpResponse:
    return as_download(everything_about(request.user.recipient))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@recently_proven
def erase_me(request: SignedInRequest) -> HttpResponse:
    """What becomes of protests, in words, and the last question."""
    ties = ties_of(request.user)
    form = EraseForm(request.POST or None, leaves_alone=any(tie.is_left_alone for tie in ties))
    if request.method == "POST" and may_go(request.user) and form.is_valid():
        recipient = request.user.recipient
        logout(request)
        erase(recipient)
        return leaving_nothing(redirect("account_erased"))
    return render(request, "account/erase_me.html", {"form": form, "ties": ties, "may_go": may_go(request.user)})


@require_POST
@login_required
def stay_here(request: SignedInRequest) -> HttpResponse:
    actions.stay(request.user)
    return redirect("account_my_data")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stay(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the mail that asks: a page with a button, no log-in."""
    try:
        user = user_asked(token)
    except BadToken:
        return render(request, "account/stay_over.html", status=404)
    if request.method == "POST":
        actions.stay(user)
        return HttpResponseRedirect(request.path)
    return render(request, "account/stay.html", {"is_asked": user.is_asked_to_stay})


@require_safe
def erased(request: HttpRequest) -> HttpResponse:
    return render(request, "account/erased.html")


def as_download(data: dict[str, Any]) -> HttpResponse:
    """A file that people can read, too."""
    text = json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    response.headers["Cache-Control"] = "no-store, private"
    return response
