"""A collective and the protests that it hosts."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language

from events import listing, markdown, timetable
from events.models import Collective, Event
from events.names import country_languages, country_name
from events.views.pages import cacheable, moved_to


def clean_past(value: str) -> str:
    return "1" if value == "1" else ""


@cacheable(past=clean_past, after=listing.clean_cursor)
def collective(request: HttpRequest, public_id: str, slug: str) -> HttpResponse:
    one = Collective.objects.public().filter(public_id=public_id).first()
    if one is None:
        raise Http404
    if slug != one.slug:
        return moved_to(one.get_absolute_url())
    now, is_past = timezone.now(), bool(request.GET.get("past"))
    hosted = Event.objects.visible().filter(host=one)
    past = hosted.filter(over_at__lte=now)
    context = {
        "collective": one,
        "html": markdown.as_html(one.about),
        "summary": markdown.as_plain_text(one.about)[:200],
        "is_foreign": one.language != get_language(),
        "country_name": country_name(one.country),
        "own_languages": country_languages(one.country),
        "is_past": is_past,
        "has_past": is_past or past.exists(),
        "query": "past=1" if is_past else "",
        "page": timetable.page_of(past if is_past else hosted.upcoming(now), request.GET.get("after", ""), now),
    }
    return render(request, "events/collective.html", context)
