"""What belongs to no room: the language of the front door, health, and the pages for errors."""

import sys

import psycopg
from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language_from_request
from django.views import defaults
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from noborder.health import failures
from noborder.metrics import CONTENT_TYPE, as_text, may_be_read_with
from outbox.holding import is_on_hold


@require_safe
def front_door(request: HttpRequest) -> HttpResponse:
    """`/`: on to the best language."""
    language = get_language_from_request(request)
    response = HttpResponseRedirect(f"/{language if language in settings.COMPLETE_LANGUAGES else 'en'}/")
    response.headers["Vary"] = "Accept-Language"
    response.headers["Cache-Control"] = "public, max-age=0, s-maxage=5"
    return response


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether this site can do its work: database, Redis, a beat that ticks, and mail that leaves on time. While mail
    is on hold it says so; its pages work."""
    failing = failures(timezone.now())
    lines = [f"{name}: {reason}" for name, reason in failing.items()]
    text = "\n".join([f"failing: {', '.join(failing)}", *lines]) if failing else _readiness()
    return HttpResponse(f"{text}\n", status=503 if failing else 200, content_type="text/plain; charset=utf-8")


def _readiness() -> str:
    return "ready, but mail is on hold: manage.py release_post" if is_on_hold() else "ready"


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Numbers for Prometheus, for whoever holds METRICS_TOKEN; for everybody else there is no such page."""
    if not may_be_read_with(request.headers.get("Authorization", "")):
        raise Http404
    return HttpResponse(as_text(timezone.now()), content_type=CONTENT_TYPE)


def server_error(request: HttpRequest) -> HttpResponse:
    """What went wrong is not told; but where the database is away, full or only read, what was sent is given back."""
    if not is_of_the_database(sys.exception()):
        return defaults.server_error(request)
    typed = [(name, value) for name, values in request.POST.lists() for value in values]
    page = {
        "typed": [(name, value) for name, value in typed if name != "csrfmiddlewaretoken"],
        "had_files": bool(request.FILES),
    }
    response = render(request, "unsaved.html", page, status=503)
    response.headers["Retry-After"] = "60"
    return response


def is_of_the_database(error: BaseException | None) -> bool:
    """Whether the server failed, not the question."""
    return isinstance(error, DatabaseError) and isinstance(
        error.__cause__, psycopg.OperationalError | psycopg.errors.ReadOnlySqlTransaction
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)
