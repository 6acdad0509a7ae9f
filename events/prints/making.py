"""When sheets are made, made again and thrown away. Called by tasks, never in a request."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from time import monotonic

from django.conf import settings
from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Concat, Greatest
from django.utils import timezone

from events.models import Campaign, Event, Print
from events.models.event import EventQuerySet
from events.models.prints import MOST_TRIES, PrintQuerySet
from events.prints.drawing import draw, key_of, release
from events.prints.facts import Facts, facts_of
from events.prints.sheets import Kind, Sheet

log = logging.getLogger(__name__)

# Pictures made ahead by one call.
BATCH = 200
# Whatever nobody asked for again is thrown away: it is made anew in a second.
KEPT_FOR = timedelta(days=7)
# Texts of an edition change without leaving a time: so look at each picture once a day.
LOOKED_AT_EVERY = timedelta(days=1)
MOST_BYTES = 500_000_000
# A picture made while a change was being committed may show what was before: look once more after this time.
SETTLED_AFTER = timedelta(minutes=1)


def make(sheet: Sheet) -> None:
    """Make *sheet* if it is not there as it should look now. Safe to call twice at once."""
    now = timezone.now()
    found = facts_of(sheet, now)
    if found is None:
        return
    facts, event = found
    key = key_of(sheet.kind, facts)
    if Print.objects.filter(sheet=sheet.name, key=key).update(made_at=now):
        return
    if Print.objects.claim(sheet.name, key, event, now):
        _draw(sheet, key, facts)


def _draw(sheet: Sheet, key: str, facts: Facts) -> None:
    ours = Print.objects.filter(sheet=sheet.name, tried_key=key)
    try:
        data = draw(sheet.kind, facts)
    except Exception as error:
        # Whatever is wrong with one sheet must not stop the others; the row counts the tries.
        log.error("printing %s failed: %s", sheet.name, type(error).__name__)
        return
    ours.update(key=key, data=data, made_at=timezone.now(), tries=0)


def make_pictures_ahead(*, for_seconds: float = 5) -> int:
    """Make the share pictures that are missing or old: those who fetch them for a preview do not wait. Short, since
    people who asked for a poster wait behind it. Says how many were looked at."""
    deadline = monotonic() + for_seconds
    looked_at = 0
    for sheet in list(islice(_pictures_due(timezone.now()), BATCH)):
        if monotonic() > deadline:
            break
        make(sheet)
        looked_at += 1
    return looked_at


def _pictures_due(now: datetime) -> Iterator[Sheet]:
    """Each open edition's, its countries', and its coming protests' in all languages in which they have a text."""
    for campaign in Campaign.objects.open():
        subjects = ["", *campaign.countries.values_list("country", flat=True)]
        for language in settings.COMPLETE_LANGUAGES:
            sheets = {Sheet(Kind.COUNTRY_CARD, language, subject).name for subject in subjects}
            fresh = _fresh(now).filter(sheet__in=sheets).values_list("sheet", flat=True)
            yield from map(Sheet.named, sorted(sheets.difference(fresh)))
    for language in settings.COMPLETE_LANGUAGES:
        for public_id in _protests_without_picture(language, now).values_list("public_id", flat=True)[:BATCH]:
            yield Sheet(Kind.CARD, language, public_id)


def _fresh(now: datetime) -> PrintQuerySet:
    """Those that need no look: looked at today, or given up."""
    is_looked_at = Q(key__startswith=release(), made_at__gt=now - LOOKED_AT_EVERY)
    return Print.objects.filter(is_looked_at | Q(tried_key__startswith=release(), tries__gte=MOST_TRIES))


def _protests_without_picture(language: str, now: datetime) -> EventQuerySet:
    prefix = Value(Sheet(Kind.CARD, language).name)
    changed = OuterRef("public_at")
    fresh = (
        _fresh(now)
        .filter(sheet=Concat(prefix, OuterRef("public_id"), output_field=CharField()))
        .filter(Q(made_at__gt=changed) | Q(claimed_at__gt=changed))
    )
    speaks = Q(language=language) | Q(translations__has_key=language)
    return (
        Event.objects.visible()
        .filter(Q() if language == "en" else speaks, campaign__state=Campaign.State.OPEN)
        .upcoming(now)
        .annotate(public_at=Greatest("published_at", "changed_at") + SETTLED_AFTER)
        .exclude(Exists(fresh))
        .order_by("pk")
    )


def throw_away() -> None:
    """What is old, what belongs to a protest that is no longer public, and what is too much."""
    before = timezone.now() - KEPT_FOR
    Print.objects.filter(Q(made_at__lt=before) | Q(made_at=None, claimed_at__lt=before)).delete()
    Print.objects.filter(event__isnull=False).exclude(event__in=Event.objects.visible()).delete()
    Print.objects.filter(pk__in=list(Print.objects.beyond(MOST_BYTES).values_list("pk", flat=True))).delete()
