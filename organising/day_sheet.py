"""The day sheet: who may read and write it until when, what stands on it, and saving it."""

import base64
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import segno
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events import changes, timetable, when
from events.actions import ChangedMeanwhile, Refused, check_open
from events.models import Audience, Campaign, Event
from events.models.details import Place, PlaceKind
from events.models.rights_card import dialled
from events.names import country_languages, country_name, language_name
from events.rights_cards import ShownCard, cards_of
from organising.models import DaySheet
from outbox import purges
from outbox.models import Purge


@dataclass(frozen=True)
class Banner:
    """What a reader must not miss. `is_loud`: it does not take place."""

    text: str
    detail: str = ""
    is_loud: bool = False


@dataclass(frozen=True)
class Content:
    """All that stands on a day sheet, in the active language, for people of the protest alone: page and PDF show it."""

    event: Event
    sheet: DaySheet
    place: Place
    cards: list[ShownCard]
    # Languages in which there should be a card, and is none.
    missing: list[str]
    other_cards: list[ShownCard]
    banners: list[Banner]
    now: datetime

    @property
    def title(self) -> str:
        return self.event.display_title

    @property
    def day(self) -> str:
        return when.day_text_with_year(self.event.day)

    @property
    def hours(self) -> str:
        return when.hours_text(self.event)

    @property
    def zone(self) -> str:
        return when.zone_text(self.event)

    @property
    def where(self) -> str:
        return timetable.where_text(self.event)

    @property
    def country(self) -> str:
        return country_name(self.event.country)

    @property
    def lacks_spot(self) -> bool:
        """Whether it has an exact place that nobody has entered."""
        return self.event.place_kind == PlaceKind.ADDRESS and not self.place.spot

    @property
    def own_dial(self) -> str:
        return dialled(self.sheet.own_legal_number)

    @property
    def numbers(self) -> list[ShownCard]:
        """The cards with a legal number, each number once."""
        cards = [*self.cards, *self.other_cards]
        return list({card.dial: card for card in reversed(cards) if card.legal_number}.values())[::-1]

    @property
    def as_of(self) -> str:
        return moment_on_the_spot(self.event, self.now)

    @property
    def link(self) -> str:
        return settings.SITE_URL + reverse("events:protest_short", args=[self.event.public_id])

    @property
    def shown_link(self) -> str:
        return self.link.partition("://")[2].rstrip("/")

    @property
    def qr_code(self) -> str:
        drawn = io.BytesIO()
        segno.make(self.link, error="q", micro=False).save(drawn, kind="svg", border=2, xmldecl=False, light="#fff")
        return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()


def moment_on_the_spot(event: Event, moment: datetime) -> str:
    """An instant by the clocks of the protest: “Monday 11 October, 14:05 CEST”."""
    local = moment.astimezone(event.zone)
    return f"{when.day_text(local.date())}, {when.clock(local)} {when.zone_short(local)}"


def gone_after(event: Event) -> datetime:
    """When the sheet is forgotten: no page, no file and no copy on a phone is to live longer."""
    last = event.campaign.actions_to + timedelta(days=settings.FORGET_AFTER_DAYS)
    return datetime.combine(last, time.max, event.zone)


def is_gone(event: Event, now: datetime) -> bool:
    return now > gone_after(event)


def sheet_of(event: Event) -> DaySheet:
    """What was written so far; an empty sheet before anybody wrote."""
    return DaySheet.objects.filter(event=event).first() or DaySheet(event=event)


def content_of(event: Event, now: datetime) -> Content:
    reader, cards = get_language() or "en", cards_of(event.country, now.date())
    wanted = list(dict.fromkeys([reader, *country_languages(event.country)]))
    return Content(
        event=event,
        sheet=sheet_of(event),
        place=event.place_for(Audience.INSIDER, now),
        cards=[cards[code] for code in wanted if code in cards],
        missing=[language_name(code) for code in wanted if code not in cards],
        other_cards=[card for code, card in cards.items() if code not in wanted],
        banners=_banners(event, now),
        now=now,
    )


def _banners(event: Event, now: datetime) -> list[Banner]:
    if event.is_cancelled:
        return [Banner(_("Cancelled"), event.cancel_reason, is_loud=True)]
    if event.state == Event.State.HIDDEN:
        return [Banner(_("Hidden by the moderators: it is not public at the moment."), is_loud=True)]
    if event.state == Event.State.WITHDRAWN:
        return [Banner(_("Withdrawn: it was not published."), is_loud=True)]
    banners = []
    if event.state == Event.State.SUBMITTED:
        banners.append(Banner(_("Not public yet: the moderators have not decided.")))
    elif event.is_scheduled:
        banners.append(Banner(_("Not public yet: it is approved and waits for its moment.")))
    elif event.revisions.pending().exists():
        banners.append(Banner(_("A change of this protest waits for a decision. This sheet shows what is public.")))
    moved = next((note for note in changes.notes_on(event, now) if note.is_warning), None)
    if moved:
        banners.append(Banner(f"{moved.at_text}: {moved.text}"))
    return banners


def may_write(event: Event, now: datetime) -> bool:
    return event.campaign.is_open and event.state != Event.State.WITHDRAWN and not is_gone(event, now)


@transaction.atomic
def save_day_sheet(event: Event, words: dict[str, str], *, seen: int, by: User) -> DaySheet:
    """Make *words* the sheet; *seen* is the version that was read. The same words again change nothing."""
    check_open(event.campaign)
    if not may_write(event, timezone.now()):
        raise Refused(_("This day sheet can no longer be changed."))
    DaySheet.objects.bulk_create([DaySheet(event=event)], ignore_conflicts=True)
    sheet = DaySheet.objects.select_for_update().get(event=event)
    if sheet.words() == words:
        return sheet
    if sheet.number != seen:
        raise ChangedMeanwhile(_("Somebody else saved this sheet meanwhile. Look at both, and save again."))
    for name, value in words.items():
        setattr(sheet, name, value)
    sheet.number += 1
    sheet.changed_at = timezone.now()
    sheet.save()
    record("day sheet changed", by=by, on=event, number=sheet.number)
    return sheet


def is_ready(events: Iterable[Event]) -> dict[int, bool]:
    """Which protests have a sheet that people can go out with, in one query."""
    ids = [event.pk for event in events]
    ready = {sheet.event_id: sheet.is_ready for sheet in DaySheet.objects.filter(event__in=ids)}
    return {pk: ready.get(pk, False) for pk in ids}


def forget(now: datetime) -> None:
    """Delete the sheets of editions that ended long enough ago."""
    forget_editions(Campaign.objects.to_forget(now))


def forget_editions(over: "QuerySet[Campaign]") -> None:
    purges.delete(Purge.What.SHEETS, DaySheet.objects.filter(event__campaign__in=over))
