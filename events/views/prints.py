"""Posters, leaflets and share pictures. A request never draws: it hands out what lies ready, or asks a worker."""

import functools

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts import limits
from events.models import Campaign, Print
from events.models.prints import MOST_TRIES
from events.prints import facts
from events.prints.drawing import key_of
from events.prints.facts import Facts
from events.prints.sheets import Kind, Sheet, has_sheets
from events.tasks import ask_for_print
from events.views.pages import CACHE_CONTROL, View, moved_to
from events.views.protest import public_event

LARGE = "size=a3"
# Seconds.
LOOK_AGAIN_AFTER = 2
TRY_AGAIN_AFTER = 120


def _printed(view: View) -> View:
    """Read only, and one address for each sheet: with a strange query it leads to the one without."""

    @functools.wraps(view)
    def page(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.META.get("QUERY_STRING", "") not in {"", LARGE}:
            return HttpResponseRedirect(request.path)
        return view(request, *args, **kwargs)

    return require_safe(page)


def _size(request: HttpRequest, small: Kind, large: Kind) -> Kind:
    return large if request.META.get("QUERY_STRING") == LARGE else small


@_printed
def poster(request: HttpRequest, public_id: str, slug: str) -> HttpResponse:
    """On A4, with `?size=a3` twice as large."""
    return _of_protest(request, _size(request, Kind.POSTER_A4, Kind.POSTER_A3), public_id, slug)


@_printed
def leaflet(request: HttpRequest, public_id: str, slug: str) -> HttpResponse:
    """Two of A5 on a sheet of A4."""
    return _of_protest(request, Kind.LEAFLET, public_id, slug)


@_printed
def card(request: HttpRequest, public_id: str, slug: str) -> HttpResponse:
    """The picture beside a link that is passed on."""
    return _of_protest(request, Kind.CARD, public_id, slug)


@_printed
def country_poster(request: HttpRequest, country: str) -> HttpResponse:
    return _of_edition(request, _size(request, Kind.COUNTRY_A4, Kind.COUNTRY_A3), country)


@_printed
def country_card(request: HttpRequest, country: str) -> HttpResponse:
    return _of_edition(request, Kind.COUNTRY_CARD, country)


@_printed
def campaign_card(request: HttpRequest) -> HttpResponse:
    return _of_edition(request, Kind.COUNTRY_CARD, "")


def _of_protest(request: HttpRequest, kind: Kind, public_id: str, slug: str) -> HttpResponse:
    event, now = public_event(public_id), timezone.now()
    if slug != event.slug:
        return moved_to(event.get_absolute_url() + request.path.rpartition("/")[2])
    if not kind.is_picture and (event.is_cancelled or event.over_at <= now):
        return _page(request, "over", status=410)
    return _sheet(request, Sheet(kind, _language(), public_id), facts.of_protest(event, now))


def _of_edition(request: HttpRequest, kind: Kind, country: str) -> HttpResponse:
    campaign = Campaign.objects.current()
    if campaign is None or (country and not has_sheets(campaign, country)):
        raise Http404
    if not kind.is_picture and not campaign.is_open:
        return _page(request, "over", status=410)
    return _sheet(request, Sheet(kind, _language(), country), facts.of_edition(campaign, country, timezone.now()))


def _language() -> str:
    return get_language() or "en"


def _sheet(request: HttpRequest, sheet: Sheet, content: Facts) -> HttpResponse:
    """The sheet as it should look now, or a page that says why it is not there."""
    key = key_of(sheet.kind, content)
    unchanged = get_conditional_response(request, etag=f'"{key}"')
    if unchanged:
        return _public(unchanged, key)
    wanted = Print.objects.filter(Q(key=key) | Q(tried_key=key), sheet=sheet.name).first()
    if wanted and wanted.key == key and wanted.data is not None:
        return _public(_file(sheet, bytes(wanted.data)), key)
    if wanted and wanted.tries >= MOST_TRIES:
        return _page(request, "failed", status=503, after=TRY_AGAIN_AFTER)
    if not ask_for_print(sheet.name, key, network=limits.network_of(request.META)):
        return _page(request, "away", status=503, after=TRY_AGAIN_AFTER)
    waiting = _page(request, "waiting", status=202, after=LOOK_AGAIN_AFTER)
    waiting.headers["Refresh"] = str(LOOK_AGAIN_AFTER)
    return waiting


def _file(sheet: Sheet, data: bytes) -> HttpResponse:
    response = HttpResponse(data, content_type="image/png" if sheet.kind.is_picture else "application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{sheet.file_name}"'
    if sheet.kind.is_picture:
        # Shown by those who preview the link.
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _public(response: HttpResponse, key: str) -> HttpResponse:
    response.headers["ETag"] = f'"{key}"'
    response.headers["Cache-Control"] = CACHE_CONTROL
    return response


def _page(request: HttpRequest, state: str, *, status: int, after: int | None = None) -> HttpResponse:
    response = render(request, "events/print.html", {"state": state}, status=status)
    if after:
        response.headers["Retry-After"] = str(after)
    return response
