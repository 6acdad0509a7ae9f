"""What those who run a protest see first: the next deadline, what is still missing, and the numbers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events import when
from events.legal_clock import Deadline
from events.models import Event, EventMessage, Organiser
from events.rule_words import DeadlineInWords, deadline_in_words
from organising import day_sheet, deliveries, legal, letters, shifts
from organising.listing import Overview
from outbox.tallies import Counts

# What is still to take place.
TO_COME = {Event.State.SUBMITTED, Event.State.SCHEDULED, Event.State.PUBLISHED}


@dataclass(frozen=True)
class Facts:
    """What the other pages of the room know of a protest."""

    deadline: Deadline | None
    is_notice_settled: bool
    shifts: shifts.Summary | None
    letters: int
    is_sheet_ready: bool
    mails: Counts
    people: int
    is_written_to: bool


@dataclass(frozen=True)
class Item:
    """One line of the checklist: `until` says by when, if there is a moment; `more` what is missing."""

    words: str
    is_done: bool
    url: str
    more: str = ""
    until: str = ""


def facts_of(events: Iterable[Event]) -> dict[int, Facts]:
    """By the key of the protest, in a fixed number of queries for any number of them."""
    listed = list(events)
    keys = [event.pk for event in listed]
    deadlines, settled = legal.standing(listed)
    places = shifts.summary(listed)
    written, ready = letters.waiting(keys), day_sheet.is_ready(listed)
    mails = deliveries.totals(listed)
    running = Organiser.objects.running().filter(event__in=keys).order_by().values_list("event")
    people = dict(running.annotate(Count("pk")))
    last = EventMessage.objects.filter(event=OuterRef("pk")).order_by("-at", "-pk").values("is_from_moderators")[:1]
    told = Event.objects.filter(pk__in=keys).alias(is_theirs=Subquery(last)).filter(is_theirs=True)
    written_to = set(told.values_list("pk", flat=True))
    return {
        key: Facts(
            deadline=deadlines.get(key),
            is_notice_settled=key in settled,
            shifts=places.get(key),
            letters=written.get(key, 0),
            is_sheet_ready=ready[key],
            mails=mails[key],
            people=people.get(key, 0),
            is_written_to=key in written_to,
        )
        for key in keys
    }


def next_deadline(facts: Facts, now: datetime) -> DeadlineInWords | None:
    """The notice that is still to be given; None if nothing is due."""
    return deadline_in_words(facts.deadline, now) if facts.deadline else None


def is_pressing(facts: Facts, now: datetime) -> bool:
    """Whether the notice is due within a week, or past: before that it is no warning."""
    at = facts.deadline.at if facts.deadline else None
    return at is not None and at - now < timedelta(days=7)


def checklist(mine: Overview, facts: Facts) -> list[Item]:
    """What a protest needs before its day, what is open first. Nothing once it is over or does not take place."""
    event = mine.event
    if event.is_over or event.state not in TO_COME:
        return []
    items = [*_about_the_work(event, facts), *_about_the_page(mine)]
    return sorted(items, key=lambda item: item.is_done)


def _about_the_page(mine: Overview) -> list[Item]:
    shown = mine.to_edit
    url = reverse("organising:edit", args=[mine.event.public_id])
    tells_access = bool(shown.access_features or shown.access_notes)
    return [
        Item(_("Say what people with disabilities need to know"), tells_access, url),
        Item(_("Give a public link"), bool(shown.contact_link), url),
        Item(
            _("Translate title and text"),
            bool(shown.translations),
            url,
            _("People read it in seven languages; without a translation they see yours."),
        ),
        Item(_("Add a picture"), shown.picture is not None, url),
    ]


def _about_the_work(event: Event, facts: Facts) -> list[Item]:
    def page(name: str) -> str:
        return reverse(f"organising:{name}", args=[event.public_id])

    due = next_deadline(facts, timezone.now())
    by, says = (due.by, "" if due.by else due.says) if due else ("", "")
    needed = facts.shifts.needed - facts.shifts.filled if facts.shifts else 0
    free = ngettext("%(number)d place is free.", "%(number)d places are free.", needed) % {"number": needed}
    return [
        Item(_("Settle the notice to the authorities"), facts.is_notice_settled, page("rules"), says, until=by),
        Item(_("Do not be alone: a second organiser"), facts.people > 1, page("people")),
        Item(_("Find helpers"), bool(facts.shifts) and not needed, page("shifts"), free if needed else ""),
        Item(_("Write the day sheet"), facts.is_sheet_ready, page("day_sheet"), until=when.day_text(event.day)),
    ]
