"""Log in with a mailed code, choose a language, log out."""

from collections.abc import Callable

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import actions, limits
from accounts.actions import Tried
from accounts.forms import AddressForm, CodeForm, LanguageForm
from accounts.models import User
from accounts.standing import has_shown_second_factor, leaving_nothing, way_to_second_factor
from outbox.models import Recipient
from outbox.tasks import send_soon

STATE = "log_in"
RESENT = "resent"
# In the session of somebody who holds an invitation: for whom an account may be opened, and until when.
INVITED = "invited"
INVITED_SECONDS = 3600


class SignedInRequest(HttpRequest):
    """What a view behind `login_required` gets."""

    user: User


def onward_of(request: HttpRequest) -> str:
    """Where to go after log-in: an address of this site, whatever was asked for."""
    wanted = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME) or ""
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def told_to_wait(response: HttpResponse, seconds: int) -> HttpResponse:
    response.status_code = 429
    response.headers["Retry-After"] = str(seconds)
    return response


def log_in_as_invited(request: HttpRequest, recipient: Recipient | None) -> HttpResponseRedirect:
    """To the log-in and back. Without an account, the mailed code opens one: for *recipient* or, if it is None, for
    whatever address is proven."""
    request.session[INVITED] = {
        "recipient": recipient.pk if recipient else None,
        "until": timezone.now().timestamp() + INVITED_SECONDS,
    }
    return redirect_to_login(request.path)


def _opens_account(request: HttpRequest, address: str) -> bool:
    invited = request.session.get(INVITED)
    if not invited or invited["until"] < timezone.now().timestamp():
        return False
    return (
        invited["recipient"] is None or Recipient.objects.with_address(address).filter(pk=invited["recipient"]).exists()
    )


def _mail_code(request: HttpRequest, address: str, onward: str) -> int:
    """Ask for a code and remember it in the session; the seconds to wait if there were too many. Without Redis the
    database counts."""
    try:
        wait, is_counted = limits.spend_all(limits.code_claims(request.META, address)), True
    except limits.Unavailable:
        wait, is_counted = 0, False
    if wait:
        return wait
    opens = _opens_account(request, address)
    mailed = actions.ask_for_log_in_code(
        address, language=get_language() or "en", count_here=not is_counted, opens_account=opens
    )
    request.session[STATE] = {
        "code": mailed.pk if mailed else None,
        "address": address,
        "next": onward,
        "opens_account": opens,
    }
    if is_counted:
        # The broker is the same Redis: without it, waking a sender only keeps the visitor waiting.
        send_soon()
    return 0


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    onward = onward_of(request)
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
    return told_to_wait(page, wait) if wait else page


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_code(request: HttpRequest) -> HttpResponse:
    state = request.session.get(STATE)
    if request.user.is_authenticated or state is None:
        return redirect("account_login")
    if "resend" in request.POST:
        return _resend(request, state["address"], state["next"])
    return _take_code(request, go_on=lambda user: _enter(request, user, state["next"]))


def _enter(request: HttpRequest, user: User, onward: str) -> HttpResponse:
    """Log in whoever proved their address; where there is a second factor, allauth asks for it first."""
    response: HttpResponse = perform_login(request, user, redirect_url=onward, email=user.email)
    return response


def confirm_by_mail(request: SignedInRequest, onward: str) -> HttpResponse:
    """Show by a mailed code that it is still you; for whoever has no second factor."""
    if "resend" in request.POST:
        return _resend(request, request.user.email, onward)
    if request.session.get(STATE, {}).get("address") != request.user.email:
        return render(request, "mfa/confirm_by_mail.html")
    return _take_code(request, go_on=lambda _user: HttpResponseRedirect(onward))


def _take_code(request: HttpRequest, *, go_on: Callable[[User], HttpResponse]) -> HttpResponse:
    """The page for the mailed code; *go_on* answers for whoever entered the right one."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _tried(request, form, go_on)
    return _code_page(request, form)


def _code_page(request: HttpRequest, form: CodeForm, **context: object) -> HttpResponse:
    address = request.session[STATE]["address"]
    page = {"form": form, "address": address, "is_resent": RESENT in request.GET and not form.is_bound, **context}
    return render(request, "account/confirm_login_code.html", page)


def _resend(request: HttpRequest, address: str, onward: str) -> HttpResponse:
    wait = _mail_code(request, address, onward)
    if wait:
        return told_to_wait(_code_page(request, CodeForm(), wait=limits.in_words(wait)), wait)
    query = urlencode({RESENT: "", REDIRECT_FIELD_NAME: onward})
    return HttpResponseRedirect(f"{request.path}?{query}")


def _tried(request: HttpRequest, form: CodeForm, go_on: Callable[[User], HttpResponse]) -> HttpResponse:
    state = request.session[STATE]
    claims = limits.wrong_code_claims(request.META, state["address"])
    wait = limits.wait_or_nothing(claims)
    if wait:
        return told_to_wait(_code_page(request, form, wait=limits.in_words(wait)), wait)
    tried, user = actions.prove_address(
        state["address"],
        state["code"],
        form.cleaned_data["code"],
        language=get_language() or "en",
        opens_account=state.get("opens_account", False),
    )
    if user is not None:
        del request.session[STATE]
        request.session.pop(INVITED, None)
        record_authentication(request, user, method="code")
        return go_on(user)
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
    return leaving_nothing(HttpResponseRedirect(settings.ACCOUNT_LOGOUT_REDIRECT_URL))


@require_POST
@login_required
def log_out_all(request: SignedInRequest) -> HttpResponse:
    actions.log_out_everywhere(request.user)
    logout(request)
    return leaving_nothing(redirect("account_login"))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: SignedInRequest) -> HttpResponse:
    form = LanguageForm(request.POST or None, initial={"language": request.user.language})
    if request.method == "POST" and form.is_valid():
        actions.choose_language(request.user, form.cleaned_data["language"])
        return HttpResponseRedirect(onward_of(request) if REDIRECT_FIELD_NAME in request.POST else request.path)
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
    if request.user.is_authenticated and not has_shown_second_factor(request):
        return HttpResponseRedirect(way_to_second_factor(request, onward_of(request)))
    if request.user.is_authenticated:
        return redirect("admin:index")
    return redirect_to_login(onward_of(request))
