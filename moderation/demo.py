"""The example edition: its protests go through the same verbs as real ones, so that trail, changes and decisions are
what they would be."""

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.actions import account_for_proven_address
from accounts.factors import add_demo_app
from accounts.models import User
from events import contact, country_rules
from events.actions import submit_protest
from events.models import (
    Campaign,
    CampaignCountry,
    CampaignText,
    City,
    Collective,
    Coordinator,
    CountryRule,
    Event,
    Revision,
    SignOn,
    SiteStamp,
)
from events.models.campaign import Disclosure
from events.sign_ons import Signature, names_of
from moderation import collectives
from moderation.actions import approve_revision, reject_revision, request_changes
from organising.actions import announcing, cancel_event, submit_edit
from organising.actions.collectives import found_collective
from organising.actions.hosting import set_host
from organising.actions.shifts import Need, add_shift
from organising.day_sheet import save_day_sheet
from organising.models import DaySheet, Shift
from organising.permissions import can_announce
from organising.shifts import can_help
from outbox.models import Delivery

ORGANISER, MODERATOR, ADMIN = "organiser@demo.example", "moderator@demo.example", "admin@demo.example"
# Organises what the demo organiser does not, so that the latter's page stays clear.
OTHERS = "others@demo.example"
MODERATED = "PL"
VISITOR = "visitor@demo.example"
# Job, from and until so many hours after the start, and how many people.
SHIFTS = [
    (Shift.Job.SET_UP, -2, 0, 4),
    (Shift.Job.STEWARD, 0, 2, 8),
    (Shift.Job.INTERPRETER, 0, 2, 2),
    (Shift.Job.CLEAN_UP, 2, 3, 4),
]
ANNOUNCEMENT = announcing.Texts("en", "Bring a cup", "There is hot tea for everybody. Bring a cup, and a friend.")

COLLECTIVE = {
    "name": "Open Kitchen",
    "about": "We cook for everybody who comes, *before and after* the protests.",
    "website": "",
    "language": "en",
}


class BadDemo(Exception):
    """The data file cannot be loaded; the message says why."""


def load(folder: Path) -> int:
    """Load the example edition of *folder*, all of it or nothing, unless it is there; says how many protests."""
    data = json.loads((folder / "demo_2027.json").read_text("utf-8"))
    with transaction.atomic():
        if Campaign.objects.filter(slug=data["campaign"]["slug"]).exists():
            return 0
        people = make_people()
        campaign = make_campaign(data, folder)
        appoint(people, campaign)
        make_sign_ons(campaign, data["sign_ons"])
        for values in data["events"]:
            try:
                make_protest(campaign, values, people)
            except (ValidationError, City.DoesNotExist) as error:
                raise BadDemo(f"{values['key']}: {error}") from error
        write_to(people[ORGANISER])
        make_shifts(campaign, people[ORGANISER])
        write_announcement(campaign, people[ORGANISER])
        make_collective(campaign, people)
        # Nobody waits for these letters, and they would bury the log-in codes.
        Delivery.objects.filter(recipient__user__in=people.values()).delete()
        SiteStamp.objects.bump()
    return len(data["events"])


def make_people() -> dict[str, User]:
    """The demo's accounts by address."""
    people = {address: account_for_proven_address(address, language="en") for address in (ORGANISER, MODERATOR, OTHERS)}
    admin = account_for_proven_address(ADMIN, language="en")
    admin.is_staff = admin.is_superuser = True
    admin.save(update_fields=["is_staff", "is_superuser"])
    if not settings.IS_PRODUCTION:
        add_demo_app(people[MODERATOR])
        add_demo_app(admin)
    return {**people, ADMIN: admin}


def appoint(people: dict[str, User], campaign: Campaign) -> None:
    Coordinator.objects.create(user=people[MODERATOR], campaign=campaign, country=MODERATED)
    Coordinator.objects.create(user=people[ADMIN], campaign=campaign, role=Coordinator.Role.ADMIN)


def make_campaign(data: dict[str, Any], folder: Path) -> Campaign:
    """The edition with its texts and countries, open."""
    values = {name: value for name, value in data["campaign"].items() if name != "texts"}
    campaign = Campaign(**values)
    campaign.full_clean()
    campaign.save()
    CampaignText.objects.bulk_create(
        CampaignText(campaign=campaign, language=language, **texts)
        for language, texts in data["campaign"]["texts"].items()
    )
    countries = json.loads((folder / "countries.json").read_text("utf-8"))
    country_rules.load(folder / "country_rules.json")
    least = dict(CountryRule.objects.values_list("country", "default_disclosure"))
    CampaignCountry.objects.bulk_create(
        CampaignCountry(
            campaign=campaign,
            country=code,
            position=position,
            timezone=countries[code]["timezone"],
            least_disclosure=least.get(code, Disclosure.PUBLIC),
        )
        for position, code in enumerate(data["countries"], start=1)
    )
    return campaign


def make_sign_ons(campaign: Campaign, rows: list[dict[str, str]]) -> None:
    """Invented organisations below the appeal. Nobody stands behind them, so nobody is asked to confirm."""
    now = timezone.now()
    SignOn.objects.bulk_create(
        SignOn(
            campaign=campaign,
            **row,
            **names_of(Signature(**row)),
            state=SignOn.State.PUBLISHED,
            is_example=True,
            created_at=now,
            confirmed_at=now,
            decided_at=now,
        )
        for row in rows
    )


def make_protest(campaign: Campaign, values: dict[str, Any], people: dict[str, User]) -> None:
    """Submit one protest and take it to the state that the file names."""
    state = values["state"]
    is_telling = values["country"] == MODERATED or state not in {"published", "pending"}
    organiser = people[ORGANISER if is_telling else OTHERS]
    moderator = people[MODERATOR if values["country"] == MODERATED else ADMIN]
    first = submit_protest(
        campaign,
        details_of({**values, **values.get("before", {})}, campaign),
        by=organiser,
        is_example=True,
    )
    match state:
        case "changes_requested":
            request_changes(first, by=moderator, reason=values["reason"])
        case "rejected":
            reject_revision(first, by=moderator, reason=values["reason"])
        case "published" | "cancelled" | "moved":
            approve_revision(first, by=moderator)
            go_on(first.event, values, organiser, moderator)


def write_to(organiser: User) -> None:
    """An invented visitor's letter about the first protest that this organiser shows in public."""
    event = Event.objects.run_by(organiser).taking_place().in_order().first()
    if event:
        question = "Is the way step-free? My mother comes with a wheelchair."
        contact.write(uuid4(), question, VISITOR, language="en", event=event)


def go_on(event: Event, values: dict[str, Any], organiser: User, moderator: User) -> None:
    """What happened to a published protest later."""
    event.refresh_from_db()
    if "day_sheet" in values:
        save_day_sheet(event, dict.fromkeys(DaySheet.WORDS, "") | values["day_sheet"], seen=0, by=organiser)
    if values["state"] == "cancelled":
        cancel_event(event, by=organiser, reason=values["reason"])
    if values["state"] == "moved":
        edit: Revision = submit_edit(event, details_of(values, event.campaign), by=organiser)
        approve_revision(edit, by=moderator)


def make_shifts(campaign: Campaign, organiser: User) -> None:
    """What one protest needs helpers for."""
    event = Event.objects.taking_place().run_by(organiser).in_campaign(campaign).in_order().first()
    if event is None or not can_help(event, timezone.now()):
        return
    for job, start, end, needed in SHIFTS:
        add_shift(event, Need(job, "", timedelta(hours=start), timedelta(hours=end), needed), by=organiser)


def write_announcement(campaign: Campaign, organiser: User) -> None:
    """A draft that waits to be sent to followers."""
    event = Event.objects.taking_place().run_by(organiser).in_campaign(campaign).in_order().first()
    if event and can_announce(event, timezone.now()):
        announcing.draft(event, ANNOUNCEMENT, key=uuid4(), by=organiser)


def make_collective(campaign: Campaign, people: dict[str, User]) -> None:
    """An invented group that hosts one protest."""
    event = Event.objects.taking_place().run_by(people[ORGANISER]).in_campaign(campaign).in_order().first()
    if event is None:
        return
    made = found_collective(COLLECTIVE, MODERATED, by=people[ORGANISER])
    Collective.objects.filter(pk=made.pk).update(is_example=True)
    collectives.approve(made, made.proposal_number, by=people[MODERATOR])
    set_host(event, made, by=people[ORGANISER])


def details_of(values: dict[str, Any], campaign: Campaign) -> dict[str, Any]:
    """The details that a form would hand on. Raises ValidationError for what a form would refuse."""
    zone = values["timezone"]
    details = {
        name: values[name]
        for name in (
            "title",
            "description",
            "language",
            "translations",
            "kind",
            "organiser_name",
            "timezone",
            "place_kind",
            "country",
            "venue",
            "address",
            "disclosure",
            "access_features",
            "access_notes",
            "contact_link",
            "contact_email",
        )
    } | {
        "day": date.fromisoformat(values["day"]),
        "start_time": time.fromisoformat(values["start_time"]),
        "end_time": time.fromisoformat(values["end_time"]),
        "city": City.objects.get(country=values["country"], slug=values["city_slug"]) if values["city_slug"] else None,
        "lat": Decimal(values["lat"]) if values["lat"] else None,
        "lon": Decimal(values["lon"]) if values["lon"] else None,
        "disclose_at": _instant(values["disclose_at"], zone),
        "spoken_languages": values["languages"],
    }
    Event(campaign=campaign, slug="protest", created_at=timezone.now(), **details).full_clean()
    return details


def _instant(local: str | None, zone: str) -> datetime | None:
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)) if local else None
