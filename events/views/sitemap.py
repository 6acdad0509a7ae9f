"""The sitemap: an index and its files."""

from django.http import Http404, HttpRequest, HttpResponse

from events import sitemap
from events.views.pages import cacheable


def _xml(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="application/xml; charset=utf-8")


@cacheable()
def index(request: HttpRequest) -> HttpResponse:
    return _xml(sitemap.as_index(sitemap.parts()))


@cacheable()
def pages(request: HttpRequest) -> HttpResponse:
    return _xml(sitemap.as_sitemap(sitemap.pages()))


@cacheable()
def protests(request: HttpRequest, number: int) -> HttpResponse:
    found = sitemap.protests(number)
    if not found:
        raise Http404
    return _xml(sitemap.as_sitemap(found))
