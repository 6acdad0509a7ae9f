"""The example edition: its protests go through the same verbs as real ones, so that trail, changes and decisions are
what they would be."""

import json
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.actions import account_for_proven_address
from accounts.models import User
from events.actions import submit_protest
from events.models import (
    Campaign,
    CampaignCountry,
    CampaignText,
    City,
    Coordinator,
    Event,
    Revision,
    SignOn,
    SiteStamp,
)
from events.models.campaign import Disclosure
from events.sign_ons import Signature, names_of
from moderation.actions import approve_revision, reject_revision, request_changes
from organising.actions import cancel_event, submit_edit
from outbox.models import Delivery

ORGANISER, MODERATOR, ADMIN = "organiser@demo.example", "moderator@demo.example", "admin@demo.example"
# Organises what the demo organiser does not, so that the latter's page stays clear.
OTHERS = "others@demo.example"
MODERATED = "PL"


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
    return {**people, ADMIN: admin}


def appoint(people: dict[str, User], campaign: Campaign) -> None:
    Coordinator.objects.create(user=people[MODERATOR], campaign=campaign, country=MODERATED)
    Coordinator.objects.create(user=people[ADMIN], campaign=campaign)


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
    rules = json.loads((folder / "country_rules.json").read_text("utf-8"))["rules"]
    least = {rule["country"]: rule["default_disclosure"] for rule in rules}
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


def go_on(event: Event, values: dict[str, Any], organiser: User, moderator: User) -> None:
    """What happened to a published protest later."""
    event.refresh_from_db()
    if values["state"] == "cancelled":
        cancel_event(event, by=organiser, reason=values["reason"])
    if values["state"] == "moved":
        edit: Revision = submit_edit(event, details_of(values, event.campaign), by=organiser)
        approve_revision(edit, by=moderator)


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
