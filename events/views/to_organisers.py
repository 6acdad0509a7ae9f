"""Letters to those who run a public protest: no account, and neither side sees the other's address."""

from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import limits
from events import contact
from events.forms.contact import OrganisersForm
from events.models import Event
from events.views.answers import refused
from events.views.contact import claims_of
from events.views.protest import facts_of, public_event


def _event_to_write_to(public_id: str) -> Event:
    event = public_event(public_id)
    if not event.takes_letters:
        raise Http404
    return event


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, public_id: str, slug: str) -> HttpResponse:
    event = _event_to_write_to(public_id)
    if request.method != "POST" and slug != event.slug:
        return redirect("events:write_to_organisers", public_id, event.slug)
    form = OrganisersForm(request.POST or None, event=event)
    if request.method == "POST" and form.is_valid():
        claims = [*claims_of(request), (limits.LETTERS_TO_PROTEST, event.public_id)]
        return refused(claims, partial(_page, request, event, form)) or _keep(event, form)
    return _page(request, event, form)


def _page(request: HttpRequest, event: Event, form: OrganisersForm, **context: object) -> HttpResponse:
    is_read = event.organisers.running().filter(user__is_active=True).exists()
    shown = {"event": event, "form": form, "is_read": is_read, **facts_of(event)}
    return render(request, "events/write_to_organisers.html", {**shown, **context})


def _keep(event: Event, form: OrganisersForm) -> HttpResponse:
    typed = form.cleaned_data
    contact.write(typed["key"], typed["message"], typed["email"], language=typed["language"], event=event)
    return redirect("events:written_to_organisers", event.public_id, event.slug)


@require_safe
def sent(request: HttpRequest, public_id: str, slug: str) -> HttpResponse:
    return render(request, "events/written_to_organisers.html", {"event": _event_to_write_to(public_id)})
