"""Register a protest: the form, the code that proves the address, and what happens now."""

import json
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe

from accounts import limits
from accounts.actions import Tried
from accounts.forms import CodeForm
from accounts.models import User
from events import actions, when
from events.forms import RegistrationForm, initial_from_answers, initial_from_query
from events.models import Campaign, Organiser, Registration, Revision
from events.views.pictures import keep_chosen_picture
from outbox.sealing import normal_address
from outbox.tasks import send_soon

OWN = "registrations"
MOST_OWN = 10
RESENT = "resent"
RETRY_SECONDS = 60


def _own_keys(request: HttpRequest) -> list[str]:
    return list(request.session.get(OWN, []))


def _remember(request: HttpRequest, key: UUID) -> None:
    others = [other for other in _own_keys(request) if other != str(key)]
    request.session[OWN] = [*others, str(key)][-MOST_OWN:]


def _own(request: HttpRequest, key: UUID) -> Registration | None:
    """The registration that this browser sent, or whose protest this person organises."""
    kept = Registration.objects.select_related("recipient", "code", "campaign", "revision__event")
    registration = kept.living(timezone.now()).filter(key=key).first()
    if registration is None or str(key) in _own_keys(request):
        return registration
    is_organiser = (
        request.user.is_authenticated
        and registration.revision is not None
        and Organiser.objects.filter(user=request.user, event=registration.revision.event_id).exists()
    )
    return registration if is_organiser else None


def _user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


# Its many questions compress well; Django masks the token anew each time, so that sizes betray nothing.
@gzip_page
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    campaign = Campaign.objects.open().order_by("actions_from").first()
    if campaign is None:
        return _closed(request)
    if request.method == "POST":
        return _receive(request, RegistrationForm(request.POST, request.FILES, campaign=campaign, user=_user(request)))
    initial = _sent_before(request) or initial_from_query(request.GET)
    form = RegistrationForm(campaign=campaign, user=_user(request), initial=initial)
    return _form_page(request, form)


def _closed(request: HttpRequest) -> HttpResponse:
    return render(request, "events/register_closed.html", {"campaign": Campaign.objects.current()})


def _form_page(request: HttpRequest, form: RegistrationForm, **context: object) -> HttpResponse:
    return render(request, "events/register.html", {"form": form, "campaign": form.campaign, **context})


def _sent_before(request: HttpRequest) -> dict[str, Any] | None:
    """The answers of the registration named by `?change=`, if this browser sent it."""
    try:
        registration = _own(request, UUID(request.GET.get("change", "")))
    except ValueError:
        return None
    return initial_from_answers(json.loads(registration.answers)) if registration else None


def _receive(request: HttpRequest, form: RegistrationForm) -> HttpResponse:
    form.full_clean()
    keep_chosen_picture(request, form)
    if not form.is_valid():
        return _form_page(request, form)
    try:
        return _receive_from_user(form, form.user) if form.user else _receive_from_stranger(request, form)
    except actions.Refused as refusal:
        form.renew_key()
        form.add_error(None, str(refusal))
        return _form_page(request, form)


def _receive_from_user(form: RegistrationForm, user: User) -> HttpResponse:
    registration = actions.register_signed_in(
        form.campaign,
        form.cleaned_data["key"],
        form.details(contact_email=user.email),
        note=form.cleaned_data["note"],
        publish_at=form.publish_at,
        language=get_language() or "en",
        by=user,
    )
    return redirect("events:register_done", registration.key)


def _receive_from_stranger(request: HttpRequest, form: RegistrationForm) -> HttpResponse:
    key, address = form.cleaned_data["key"], form.cleaned_data["email"]
    owes_code = actions.owes_code(key, address)
    if owes_code:
        claims = [*limits.code_claims(request.META, address), _registration_claim(request)]
        try:
            wait = limits.spend_all(claims)
        except limits.Unavailable:
            return _later(_form_page(request, form, is_unavailable=True), 503, RETRY_SECONDS)
        if wait:
            return _later(_form_page(request, form, wait=limits.in_words(wait)), 429, wait)
    registration = actions.keep_registration(
        form.campaign,
        key,
        form.answers,
        address=address,
        language=get_language() or "en",
        is_own=str(key) in _own_keys(request),
    )
    _remember(request, registration.key)
    if owes_code:
        send_soon()
    return redirect("events:register_code", registration.key)


def _registration_claim(request: HttpRequest) -> tuple[limits.Limit, str]:
    return limits.REGISTRATIONS_FROM_NETWORK, limits.network_of(request.META)


def _later(response: HttpResponse, status: int, seconds: int) -> HttpResponse:
    response.status_code = status
    response.headers["Retry-After"] = str(seconds)
    return response


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def register_code(request: HttpRequest, key: UUID) -> HttpResponse:
    registration = _own(request, key)
    if registration is None:
        return render(request, "events/register_elsewhere.html", status=404)
    if registration.revision_id:
        return redirect("events:register_done", key)
    if "resend" in request.POST:
        return _resend(request, registration)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _try(request, registration, form)
    return _code_page(request, registration, form)


def _answered(registration: Registration) -> RegistrationForm:
    """The form as it was sent. It was valid then; time or the campaign may have moved on since."""
    answers = MultiValueDict(json.loads(registration.answers))
    return RegistrationForm(answers, campaign=registration.campaign)


def _address(registration: Registration) -> str:
    """Where the code went. Not the recipient's: nothing is left of that once somebody has said "never again"."""
    return normal_address(json.loads(registration.answers)["email"][-1])


def _code_page(request: HttpRequest, registration: Registration, form: CodeForm, **context: object) -> HttpResponse:
    answered = _answered(registration)
    answered.is_valid()
    page = {
        "form": form,
        "address": _address(registration),
        "answered": answered,
        "is_resent": RESENT in request.GET and not form.is_bound,
        **context,
    }
    return render(request, "events/register_code.html", page)


def _resend(request: HttpRequest, registration: Registration) -> HttpResponse:
    try:
        wait = limits.spend_all(limits.code_claims(request.META, _address(registration)))
    except limits.Unavailable:
        return _later(_code_page(request, registration, CodeForm(), is_unavailable=True), 503, RETRY_SECONDS)
    if wait:
        return _later(_code_page(request, registration, CodeForm(), wait=limits.in_words(wait)), 429, wait)
    actions.mail_another_code(registration)
    send_soon()
    return HttpResponseRedirect(f"{request.path}?{RESENT}")


def _try(request: HttpRequest, registration: Registration, form: CodeForm) -> HttpResponse:
    claims = limits.wrong_code_claims(request.META, _address(registration))
    wait = limits.wait_or_nothing(claims)
    if wait:
        return _later(_code_page(request, registration, form, wait=limits.in_words(wait)), 429, wait)
    answered = _answered(registration)
    if not answered.is_valid():
        return _form_page(request, answered)
    details = answered.details(contact_email=answered.cleaned_data["email"])
    try:
        tried, user = actions.finish_registration(
            registration,
            form.cleaned_data["code"],
            details,
            note=answered.cleaned_data["note"],
            publish_at=answered.publish_at,
        )
    except actions.Refused as refusal:
        form.add_error(None, str(refusal))
        return _code_page(request, registration, form)
    if tried == Tried.RIGHT:
        return _finished(request, registration, user)
    limits.spend_or_nothing(claims)
    if tried == Tried.WRONG:
        form.add_error("code", _("This is not the code that we sent. Look again, or ask for a new one."))
    else:
        form.add_error("code", _("This code is over. Ask for a new one."))
    return _code_page(request, registration, form)


def _finished(request: HttpRequest, registration: Registration, user: User | None) -> HttpResponse:
    done = redirect("events:register_done", registration.key)
    if user is None:
        return done
    record_authentication(request, user, method="code")
    response: HttpResponse = perform_login(request, user, redirect_url=done.url, email=user.email)
    return response


@require_safe
def register_done(request: HttpRequest, key: UUID) -> HttpResponse:
    registration = _own(request, key)
    if registration is None:
        return render(request, "events/register_elsewhere.html", status=404)
    if registration.revision is None:
        return redirect("events:register_code", key)
    revision = registration.revision
    wait = Revision.objects.usual_wait(registration.campaign)
    publish_at = None if revision.event.published_at else revision.event.publish_at
    return render(
        request,
        "events/register_done.html",
        {
            "revision": revision,
            "event": revision.event,
            "public_from": when.moment_text(publish_at, revision.zone) if publish_at else "",
            "usual_wait": when.wait_text(wait) if wait else "",
        },
    )
