"""The second step: at log-in, and again before anything is changed that guards the account."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.stages import LoginStageController
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import limits
from accounts.factors import PASSKEY, factors_of, has_factor, note_use, use_code
from accounts.forms import SecondFactorForm
from accounts.models import User
from accounts.standing import is_recent, note_second_factor, note_wrong_second_factor
from accounts.views.log_in import SignedInRequest, confirm_by_mail, onward_of, told_to_wait

View = Callable[..., HttpResponse]


def recently_proven(view: View) -> View:
    """For whoever has shown within minutes that it is them; all others show it first."""

    @wraps(view)
    @login_required
    def guarded(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_recent(request):
            return view(request, *args, **kwargs)
        onward = request.path if request.method == "GET" else reverse("mfa_index")
        return HttpResponseRedirect(f"{reverse('mfa_reauthenticate')}?{urlencode({REDIRECT_FIELD_NAME: onward})}")

    return guarded


def as_json(options: dict[str, Any]) -> str:
    """What the browser needs to know to ask for a passkey (static/js/passkey.js)."""
    return json.dumps(options, cls=DjangoJSONEncoder)


def spend(request: HttpRequest, user: User) -> int:
    """What a try costs: the seconds to wait if there were too many. Without Redis the session alone counts."""
    try:
        return limits.spend_all(limits.second_factor_claims(request.META, user.pk))
    except limits.Unavailable:
        return 0


def _passkey(user: User, answer: dict[str, Any]) -> Authenticator | None:
    try:
        webauthn.parse_authentication_response(answer)
        factor = webauthn.complete_authentication(user, answer)
    except (ValidationError, ValueError, TypeError, KeyError):
        return None
    note_use(factor)
    return factor


def _ask(request: HttpRequest, user: User, *, go_on: Callable[[], HttpResponse]) -> HttpResponse:
    """The page that asks *user* for a second factor; *go_on* answers once it fits."""
    form = SecondFactorForm(request.POST or None)
    wait = 0
    if request.method == "POST" and form.is_valid():
        wait = spend(request, user)
        answer, code = form.cleaned_data["credential"], form.cleaned_data["code"]
        factor = None if wait else _passkey(user, answer) if answer else use_code(user, code)
        if factor:
            note_second_factor(request, user, factor)
            return go_on()
        if not wait and note_wrong_second_factor(request):
            messages.warning(request, _("There were too many wrong tries. Log in again with a new code."))
            return redirect("account_login")
        if not wait:
            form.add_error(
                None if answer else "code",
                _("That did not work. Each code works once: wait for the next, or look at the clock of your phone."),
            )
    kinds = {factor.type for factor in factors_of(user)}
    page = {
        "form": form,
        "options": as_json(webauthn.begin_authentication(user)) if PASSKEY in kinds else "",
        "takes_codes": kinds != {PASSKEY},
        "wait": limits.in_words(wait) if wait else "",
    }
    response = render(request, "mfa/authenticate.html", page)
    return told_to_wait(response, wait) if wait else response


@never_cache
@sensitive_post_parameters("code", "credential")
@require_http_methods(["GET", "HEAD", "POST"])
def authenticate(request: HttpRequest) -> HttpResponse:
    """After the mailed code. Until it fits nobody is logged in."""
    stage = LoginStageController.enter(request, AuthenticateStage.key)
    if stage is None:
        return redirect("account_login")
    return _ask(request, stage.login.user, go_on=stage.exit)


@never_cache
@sensitive_post_parameters("code", "credential")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def confirm(request: SignedInRequest) -> HttpResponse:
    """Show again that it is you: with your second factor, or with a mailed code while you have none."""
    onward = onward_of(request)
    if has_factor(request.user):
        return _ask(request, request.user, go_on=lambda: HttpResponseRedirect(onward))
    return confirm_by_mail(request, onward)
