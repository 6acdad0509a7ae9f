"""What followers would be told of a change or a cancellation, shown to its author before it is sent: the very mails, in
every language of the site. Not only in those that followers read, which would tell who they are."""

import hashlib
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from events.comparison import Line, compare
from events.models import Audience, Event, EventChange, EventDetails
from events.names import language_name
from events.rewriting import change_of, published, rewritten
from organising.actions import check_edit, proposal_of
from organising.trust import Way, way_of
from outbox.letters import Letter
from reminders.emails.changes import notices_ahead
from reminders.models import Subscription
from reminders.notices import audience_of, is_urgent


@dataclass(frozen=True)
class Reading:
    """The mails as one reader gets them."""

    language: str
    language_name: str
    letters: list[Letter]


@dataclass(frozen=True)
class Told:
    """The mails of one group of readers, those in the language of whoever looks first."""

    who: str
    readings: list[Reading]


@dataclass(frozen=True)
class Preview:
    """`told` is empty if nobody hears of it. `followers` follow the protest itself."""

    event: Event
    way: Way
    lines: list[Line]
    followers: int
    told: list[Told]
    is_urgent: bool
    is_wide: bool
    in_city: bool

    @property
    def seal(self) -> str:
        """The same as long as the same would happen and the same be told."""
        letters = [(letter.subject, letter.text) for told in self.told for r in told.readings for letter in r.letters]
        return hashlib.sha256(repr((self.way, letters)).encode()).hexdigest()


def preview_of_edit(event: Event, details: dict[str, Any], *, shown: EventDetails, by: User, now: datetime) -> Preview:
    """What sending *details* would do, compared with what is *shown*. Raises Refused if they cannot be sent."""
    check_edit(event, details)
    proposal = proposal_of(event, details, by=by, at=now)
    # What waits for its hour is told once it is public, with the same words.
    held = copy(event)
    held.publish_at = None
    new, changes = rewritten(held, details, at=now)
    # To send a change is an answer to the question whether it is still on.
    new.unconfirmed_at = None
    lines = [_as_kept(line, shown) for line in compare(proposal, shown, now) if line.is_changed]
    return _preview(new, changes, way=way_of(proposal, event, now), lines=lines)


def preview_of_publishing(event: Event, *, now: datetime) -> Preview:
    """What is told once *event* is public as it was approved."""
    new = copy(event)
    return _preview(new, [published(new, at=now)], way=Way.AT_ONCE, lines=[])


def preview_of_cancelling(event: Event, reason: str, *, now: datetime) -> Preview:
    """What calling *event* off for this *reason* would tell."""
    new = copy(event)
    new.state, new.cancel_reason = Event.State.CANCELLED, reason
    change = change_of(new, EventChange.Kind.CANCELLED, at=now)
    return _preview(new, [change], way=Way.AT_ONCE, lines=[])


def _as_kept(line: Line, shown: EventDetails) -> Line:
    """A picture that was chosen just now belongs to no protest yet, so that no address shows it."""
    if line.new_picture is None or line.new_picture == shown.picture:
        return line
    return replace(line, new_picture=None, old_picture=None, old="", new=_("A new picture."))


def _preview(event: Event, changes: list[EventChange], *, way: Way, lines: list[Line]) -> Preview:
    audiences = [audience_of(change) for change in changes]
    in_city = any(audience.cities for audience in audiences)
    followers = Subscription.objects.counted_by_event([event]).get(event.pk, 0)
    return Preview(
        event=event,
        way=way,
        lines=lines,
        followers=followers,
        told=list(_told(event, changes, in_city=in_city)),
        is_urgent=any(is_urgent(change) for change in changes),
        is_wide=any(audience.is_wide for audience in audiences),
        in_city=in_city,
    )


def _told(event: Event, changes: list[EventChange], *, in_city: bool) -> Iterator[Told]:
    """Who follows the protest itself may know its place before others: their mails are shown apart if they differ."""
    if not changes:
        return
    closest = list(_readings(event, changes, Audience.FOLLOWER))
    others = list(_readings(event, changes, Audience.PUBLIC))
    has_two = in_city and closest != others and event.published_at is not None
    yield Told(_("To those who follow the protest") if has_two else "", closest if event.published_at else others)
    if has_two:
        yield Told(_("To those who follow its city only"), others)


def _readings(event: Event, changes: list[EventChange], audience: Audience) -> Iterator[Reading]:
    codes = dict(settings.LANGUAGES)
    first = [get_language() or "en", event.language, "en"]
    for code in [code for code in dict.fromkeys([*first, *codes]) if code in codes]:
        yield Reading(code, language_name(code), notices_ahead(changes, audience, code))
