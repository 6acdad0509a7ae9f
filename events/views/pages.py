"""What all public pages share: no cookies, one address per content, an ETag, and no other query on a 304."""

import functools
import hashlib
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.utils.cache import get_conditional_response
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from events.models import SiteStamp

View = Callable[..., HttpResponse]
# Brings a value of the query into its one form, or gives "" for one that means nothing.
Cleaner = Callable[[str], str]

# In request.META where a page must not depend on who asks.
FOR_EVERYBODY = "noborder.for_everybody"
CACHE_CONTROL = "public, max-age=0, s-maxage=5, stale-if-error=30"


@functools.cache
def release() -> str:
    """Changes with code, templates, styles and translations, since each can change a page."""
    digest = hashlib.sha256()
    for folder, pattern in (
        ("events", "**/*.py"),
        ("noborder", "*.py"),
        ("templates", "**/*.html"),
        ("static", "**/*.*"),
        ("locale", "**/*.po"),
        ("data", "*.json"),
    ):
        for path in sorted((settings.BASE_DIR / folder).glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _etag(request: HttpRequest) -> str:
    page = f"{release()} {SiteStamp.objects.current()} {request.get_full_path()}"
    return f'"{hashlib.sha256(page.encode()).hexdigest()[:24]}"'


def _canonical_query(request: HttpRequest, cleaners: dict[str, Cleaner]) -> str:
    kept = {name: clean(request.GET.get(name, "")) for name, clean in cleaners.items()}
    return urlencode({name: value for name, value in kept.items() if value})


def _has_query(request: HttpRequest, query: str) -> bool:
    given = request.META.get("QUERY_STRING", "")
    return parse_qsl(given, keep_blank_values=True) == parse_qsl(query)


def cacheable(**cleaners: Cleaner) -> Callable[[View], View]:
    """A public page. *cleaners* name the parts of the query that it reads; an address with any other, or with a value
    not in its one form, leads to the address without, so that caches keep one copy of each page."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def page(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            # Django would answer a broken CSRF cookie with a new one.
            request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)
            request.META[FOR_EVERYBODY] = True
            query = _canonical_query(request, cleaners)
            if not _has_query(request, query):
                target = f"{request.path}?{query}" if query else request.path
                return _shared(HttpResponseRedirect(target))
            etag = _etag(request)
            unchanged = get_conditional_response(request, etag=etag)
            response = unchanged or view(request, *args, **kwargs)
            if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
                # A wait is this visitor's alone.
                return response
            response.headers["ETag"] = etag
            return _shared(response)

        finished = require_safe(gzip_page(page))
        vars(finished)["is_cacheable"] = True
        return finished

    return decorate


def is_cacheable(view: Callable[..., object]) -> bool:
    """Whether the view is a public page, for whoever walks the addresses."""
    return getattr(view, "is_cacheable", False)


def _shared(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = CACHE_CONTROL
    return response


def led_to(path: str) -> HttpResponse:
    """On to another page that stands in for this one."""
    return _shared(HttpResponseRedirect(path))


def moved_to(path: str) -> HttpResponse:
    """On to the right address of the same page. Not to be kept for long: the right one may change back."""
    return _shared(HttpResponsePermanentRedirect(path))
