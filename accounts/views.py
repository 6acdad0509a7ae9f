"""Log in with a mailed code, choose a language, log out."""

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import actions, limits
from accounts.actions import Tried
from accounts.forms import AddressForm, CodeForm, LanguageForm
from accounts.models import User
from outbox.tasks import send_soon

STATE = "log_in"
RESENT = "resent"


class SignedInRequest(HttpRequest):
    """What a view behind `login_required` gets."""

    user: User


def _onward(request: HttpRequest) -> str:
    """Where to go after log-in: an address of this site, whatever was asked for."""
    wanted = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME) or ""
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def _told_to_wait(response: HttpResponse, seconds: int) -> HttpResponse:
    response.status_code = 429
    response.headers["Retry-After"] = str(seconds)
    return response


def _mail_code(request: HttpRequest, address: str, onward: str) -> int:
    """Ask for a code and remember it in the session; the seconds to wait if there were too many. Without Redis the
    database counts."""
    try:
        wait, is_counted = limits.spend_all(limits.code_claims(request.META, address)), True
    except limits.Unavailable:
        wait, is_counted = 0, False
    if wait:
        return wait
    mailed = actions.ask_for_log_in_code(address, language=get_language() or "en", count_here=not is_counted)
    request.session[STATE] = {"code": mailed.pk if mailed else None, "address": address, "next": onward}
    if is_counted:
        # The broker is the same Redis: without it, waking a sender only keeps the visitor waiting.
        send_soon()
    return 0


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    onward = _onward(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(onward)
    form = AddressForm(request.POST or None)
    wait = 0
    if request.method == "POST" and form.is_valid():
        wait = _mail_code(request, form.cleaned_data["email"], onward)
        if not wait:
            return redirect("account_confirm_login_code")
    page = render(
        request,
        "account/login.html",
        {"form": form, "next": onward, "wait": limits.in_words(wait) if wait else ""},
    )
    return _told_to_wait(page, wait) if wait else page


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_code(request: HttpRequest) -> HttpResponse:
    state = request.session.get(STATE)
    if request.user.is_authenticated or state is None:
        return redirect("account_login")
    if "resend" in request.POST:
        return _resend(request, state["address"], state["next"])
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _tried(request, form)
    return _code_page(request, form)


def _code_page(request: HttpRequest, form: CodeForm, **context: object) -> HttpResponse:
    address = request.session[STATE]["address"]
    page = {"form": form, "address": address, "is_resent": RESENT in request.GET and not form.is_bound, **context}
    return render(request, "account/confirm_login_code.html", page)


def _resend(request: HttpRequest, address: str, onward: str) -> HttpResponse:
    wait = _mail_code(request, address, onward)
    if wait:
        return _told_to_wait(_code_page(request, CodeForm(), wait=limits.in_words(wait)), wait)
    return HttpResponseRedirect(f"{request.path}?{RESENT}")


def _tried(request: HttpRequest, form: CodeForm) -> HttpResponse:
    state = request.session[STATE]
    claims = limits.wrong_code_claims(request.META, state["address"])
    wait = limits.wait_or_nothing(claims)
    if wait:
        return _told_to_wait(_code_page(request, form, wait=limits.in_words(wait)), wait)
    tried, user = actions.prove_address(state["address"], state["code"], form.cleaned_data["code"])
    if user is not None:
        del request.session[STATE]
        record_authentication(request, user, method="code")
        response: HttpResponse = perform_login(request, user, redirect_url=state["next"], email=user.email)
        return response
    limits.spend_or_nothing(claims)
    if tried == Tried.WRONG:
        form.add_error("code", _("This is not the code that we sent. Look again, or ask for a new one."))
    else:
        form.add_error("code", _("This code is over. Ask for a new one."))
    return _code_page(request, form, is_over=tried != Tried.WRONG)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def log_out(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "account/logout.html")
    logout(request)
    return HttpResponseRedirect(settings.ACCOUNT_LOGOUT_REDIRECT_URL)


@require_POST
@login_required
def log_out_all(request: SignedInRequest) -> HttpResponse:
    actions.log_out_everywhere(request.user)
    logout(request)
    return redirect("account_login")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: SignedInRequest) -> HttpResponse:
    form = LanguageForm(request.POST or None, initial={"language": request.user.language})
    if request.method == "POST" and form.is_valid():
        actions.choose_language(request.user, form.cleaned_data["language"])
        return HttpResponseRedirect(_onward(request) if REDIRECT_FIELD_NAME in request.POST else request.path)
    return render(request, "account/settings.html", {"form": form})


@require_safe
def inactive(request: HttpRequest) -> HttpResponse:
    return render(request, "account/inactive.html", status=403)


@never_cache
@require_safe
def admin_log_in(request: HttpRequest) -> HttpResponse:
    """In place of the admin's own form: the same log-in as everybody's. Whoever is in and may not enter is told so."""
    if request.user.is_authenticated and not request.user.is_staff:
        return render(request, "403.html", status=403)
    if request.user.is_authenticated:
        return redirect("admin:index")
    return redirect_to_login(_onward(request))
