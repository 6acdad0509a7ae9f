"""What belongs to no room: the language of the front door, health, and the pages for errors."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language_from_request
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from noborder.health import is_database_up, is_mail_on_time, is_redis_up


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
    """Whether this site can do its work: database, Redis, and mail that leaves on time. Says what fails, no more."""
    checks = {"database": is_database_up, "redis": is_redis_up, "mail": is_mail_on_time}
    failing = [name for name, is_fine in checks.items() if not is_fine()]
    text = "failing: " + ", ".join(failing) if failing else "ready"
    return HttpResponse(f"{text}\n", status=503 if failing else 200, content_type="text/plain")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)
