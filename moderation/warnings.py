"""What a moderator should look at twice before deciding on a submission."""

from collections.abc import Iterator
from datetime import datetime, time
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from events.folding import fold
from events.models import Audience, Event, Revision
from events.models.campaign import CampaignCountry, Disclosure
from events.names import country_name

NIGHT_FROM, NIGHT_UNTIL = time(22), time(7)
SHORTENERS = {
    "bit.ly",
    "buff.ly",
    "cutt.ly",
    "goo.gl",
    "is.gd",
    "lnkd.in",
    "ow.ly",
    "rebrand.ly",
    "shorturl.at",
    "t.co",
    "t.ly",
    "tinyurl.com",
    "v.gd",
}
# From the most open to the most careful.
_STRICTNESS = [Disclosure.PUBLIC, Disclosure.TIMED, Disclosure.FOLLOWERS]


def warnings_for(revision: Revision, now: datetime) -> list[str | Promise]:
    """Sentences for the top of the page; none for an everyday submission."""
    return [
        *_about_time(revision, now),
        *_about_place(revision, now),
        *_about_texts(revision),
        *_about_others(revision),
    ]


def _about_time(revision: Revision, now: datetime) -> Iterator[str | Promise]:
    start = revision.local_start
    if revision.day < now.astimezone(revision.zone).date() or (start and start < now):
        yield _("This is in the past.")
    if not revision.event.campaign.allows_day(revision.day):
        yield _("The day lies outside this Day of Action: it cannot be approved.")
    if revision.start_time is None:
        yield _("No hour is given: nobody can be reminded on the day itself.")
    elif revision.start_time >= NIGHT_FROM or revision.start_time < NIGHT_UNTIL:
        yield _("It starts at an unusual hour.")


def _about_place(revision: Revision, now: datetime) -> Iterator[str | Promise]:
    taking_part = CampaignCountry.objects.filter(campaign=revision.event.campaign, country=revision.country).first()
    if taking_part is None:
        yield _("%(country)s does not take part in this edition yet.") % {"country": country_name(revision.country)}
    elif _STRICTNESS.index(Disclosure(revision.disclosure)) < _STRICTNESS.index(
        Disclosure(taking_part.least_disclosure)
    ):
        yield _("The place is more open than this country's rule says.")
    venue = fold(revision.place_for(Audience.INSIDER, now).venue)
    if venue and revision.disclosure != Disclosure.PUBLIC and venue in fold(_all_texts(revision)):
        yield _("The place is to stay unknown for now, but its name stands in the text.")


def _about_texts(revision: Revision) -> Iterator[str | Promise]:
    host = (urlsplit(revision.contact_link).hostname or "").removeprefix("www.")
    if host in SHORTENERS:
        yield _("The public link hides where it leads: %(host)s is a link shortener.") % {"host": host}
    if not revision.is_first and revision.contact_link != revision.event.contact_link:
        yield _("The public link changes.")
    if not revision.description:
        yield _("There is no text beside the title.")


def _about_others(revision: Revision) -> Iterator[str | Promise]:
    alike = Event.objects.visible().filter(
        campaign=revision.event.campaign, city=revision.city, city__isnull=False, day=revision.day
    )
    if revision.start_time:
        alike = alike.filter(start_time=revision.start_time)
    count = alike.exclude(pk=revision.event_id).count()
    if count:
        yield ngettext(
            "One other protest is listed in this city for the same time.",
            "%(count)d other protests are listed in this city for the same time.",
            count,
        ) % {"count": count}


def _all_texts(revision: Revision) -> str:
    texts = [revision.title, revision.description]
    for translation in revision.translations.values():
        texts += translation.values()
    return " ".join(texts)
