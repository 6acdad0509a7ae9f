"""Reporting a public protest: no account, no address."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import limits
from events import reports
from events.forms.report import ReportForm
from events.models import Event
from events.views.answers import refused
from events.views.protest import facts_of, public_event


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, public_id: str, slug: str) -> HttpResponse:
    event = public_event(public_id)
    if request.method != "POST" and slug != event.slug:
        return redirect("events:report", public_id, event.slug)
    form = ReportForm(request.POST or None, event=event)
    if request.method == "POST" and form.is_valid():
        return refused(_claims(request, event), partial(_page, request, event, form)) or _keep(event, form)
    return _page(request, event, form)


def _claims(request: HttpRequest, event: Event) -> list[tuple[limits.Limit, str]]:
    return [
        (limits.REPORTS_FROM_NETWORK, limits.network_of(request.META)),
        (limits.REPORTS_ON_PROTEST, event.public_id),
    ]


def _page(request: HttpRequest, event: Event, form: ReportForm, **context: object) -> HttpResponse:
    context |= {"event": event, "form": form, **facts_of(event)}
    return render(request, "events/report.html", context)


def _keep(event: Event, form: ReportForm) -> HttpResponse:
    typed = form.cleaned_data
    reports.report(event, typed["key"], typed["reason"], typed["text"], language=get_language() or "en")
    return redirect("events:reported", event.public_id, event.slug)


@require_safe
def sent(request: HttpRequest, public_id: str, slug: str) -> HttpResponse:
    return render(request, "events/reported.html", {"event": public_event(public_id)})
