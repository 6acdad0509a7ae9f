"""Set up and take away second factors."""

from datetime import timedelta

import segno
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import factors, limits
from accounts.factors import APP, PASSKEY, RECOVERY
from accounts.forms import AppForm, PasskeyForm
from accounts.standing import note_second_factor
from accounts.views.log_in import SignedInRequest, onward_of, told_to_wait
from accounts.views.second_factor import as_json, recently_proven, spend

# In the session: the secret of an app being set up, until when new recovery codes are shown, where to go afterwards.
SECRET, CODES_SHOWN_UNTIL, ONWARD = "app_secret", "codes_shown_until", "after_set_up"
CODES_ARE_SHOWN = timedelta(minutes=10)


@never_cache
@require_safe
@login_required
def index(request: SignedInRequest) -> HttpResponse:
    """What guards the account, and why a moderator needs it."""
    if REDIRECT_FIELD_NAME in request.GET:
        request.session[ONWARD] = onward_of(request)
    mine = factors.factors_of(request.user)
    page = {
        "app": next((factor for factor in mine if factor.type == APP), None),
        "passkeys": [factor for factor in mine if factor.type == PASSKEY],
        "codes_left": len(factors.recovery_codes(request.user)),
        "onward": request.session.get(ONWARD, ""),
    }
    return render(request, "mfa/index.html", page)


def _added(request: SignedInRequest, factor: Authenticator) -> HttpResponse:
    """On from a factor just added, which has been passed by that: with the first one come recovery codes."""
    note_second_factor(request, request.user, factor)
    if not Authenticator.objects.filter(user=request.user, type=RECOVERY).exists():
        _make_codes(request)
        return redirect("mfa_view_recovery_codes")
    return redirect("mfa_index")


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@recently_proven
def app(request: SignedInRequest) -> HttpResponse:
    """Show a secret to an app, and let the app show six digits."""
    secret = request.session.setdefault(SECRET, factors.new_secret())
    form = AppForm(request.POST or None)
    wait = 0
    if request.method == "POST" and form.is_valid():
        wait = spend(request, request.user)
        step = factors.step_shown(secret, form.cleaned_data["code"], now=timezone.now())
        if step is not None and not wait:
            del request.session[SECRET]
            return _added(request, factors.add_app(request.user, secret, last_step=step))
        if not wait:
            form.add_error("code", _("The app shows something else for this key. Is the clock of your phone right?"))
    picture = segno.make(factors.app_url(request.user, secret), micro=False)
    page = {
        "form": form,
        "picture": picture.svg_data_uri(scale=5, border=4, light="#fff"),
        "key": [secret[at : at + 4] for at in range(0, len(secret), 4)],
        "url": factors.app_url(request.user, secret),
        "wait": limits.in_words(wait) if wait else "",
    }
    response = render(request, "mfa/app.html", page)
    return told_to_wait(response, wait) if wait else response


@never_cache
@sensitive_post_parameters("credential")
@require_http_methods(["GET", "HEAD", "POST"])
@recently_proven
def passkey(request: SignedInRequest) -> HttpResponse:
    """Add a passkey: the browser makes it, this page takes it."""
    form = PasskeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = form.cleaned_data["credential"]
        try:
            webauthn.parse_registration_response(answer)
            webauthn.complete_registration(answer)
        except (ValidationError, ValueError, TypeError, KeyError):
            form.add_error(None, _("That did not work. Try again, or use an app on your phone."))
        else:
            return _added(request, factors.add_passkey(request.user, form.cleaned_data["name"], answer))
    options = webauthn.begin_registration(request.user, passwordless=False)
    page = {"form": form, "options": as_json(options), "is_possible": _takes_passkeys(request)}
    return render(request, "mfa/passkey.html", page)


def _takes_passkeys(request: HttpRequest) -> bool:
    """Browsers keep passkeys for a name, never for a bare number, and for https only; their own machine is spared."""
    name = request.get_host().partition(":")[0]
    return name == "localhost" or (request.is_secure() and not name.replace(".", "").isdigit())


@never_cache
@require_POST
@recently_proven
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    factor = get_object_or_404(Authenticator, pk=pk, user=request.user, type__in=[APP, PASSKEY])
    factors.remove_factor(factor, by=request.user)
    return redirect("mfa_index")


def _make_codes(request: SignedInRequest) -> None:
    factors.make_recovery_codes(request.user)
    request.session[CODES_SHOWN_UNTIL] = (timezone.now() + CODES_ARE_SHOWN).timestamp()


def _shown_codes(request: SignedInRequest) -> list[str]:
    """The codes while they are new, in the session that made them; afterwards nobody sees them again."""
    if timezone.now().timestamp() > request.session.get(CODES_SHOWN_UNTIL, 0):
        return []
    return factors.recovery_codes(request.user)


@recently_proven
def _new_codes(request: SignedInRequest) -> HttpResponse:
    if not factors.has_factor(request.user):
        raise Http404
    _make_codes(request)
    return HttpResponseRedirect(request.path)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def recovery_codes(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST":
        return _new_codes(request)
    page = {
        "codes": _shown_codes(request),
        "codes_left": len(factors.recovery_codes(request.user)),
        "has_factor": factors.has_factor(request.user),
        "onward": request.session.get(ONWARD, ""),
    }
    return render(request, "mfa/recovery_codes.html", page)


@never_cache
@require_safe
@login_required
def recovery_codes_file(request: SignedInRequest) -> HttpResponse:
    """The same as a file to keep."""
    codes = _shown_codes(request)
    if not codes:
        raise Http404
    response = HttpResponse("".join(f"{code}\n" for code in codes), content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="recovery-codes.txt"'
    return response
