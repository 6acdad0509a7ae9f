"""An invented protest and its people, as rows that live only until their transaction is rolled back."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from events.models import (
    Campaign,
    CampaignText,
    City,
    Collective,
    Coordinator,
    CountryRule,
    Decision,
    DecisionReason,
    Event,
    Membership,
    Organiser,
    Revision,
)
from outbox.actions import recipient_for
from outbox.models import Recipient
from reminders.models import Subscription

COUNTRY, ZONE = "PL", "Europe/Warsaw"
WORDS = "Please say where you meet & <b>when</b>.\nThe square has two names."


@dataclass(frozen=True)
class World:
    """One protest, two weeks ahead, and who has to do with it; all read the same language."""

    language: str
    now: datetime
    campaign: Campaign
    event: Event
    other: Event
    revision: Revision
    collective: Collective
    organiser: Organiser
    moderator: User
    follower: Recipient
    subscription: Subscription

    def recipient(self, name: str) -> Recipient:
        return recipient_for(f"{name}@letters.example", language=self.language)

    def follow(self, recipient: Recipient, scope: str, **fields: Any) -> Subscription:
        values = {"confirmed_at": self.now, **fields}
        return Subscription.objects.create(
            recipient=recipient, campaign=self.campaign, scope=scope, created_at=self.now, **values
        )

    def decide(self, verb: str, **fields: Any) -> Decision:
        """A decision with words to the organisers."""
        values = {"at": self.now, "actor_id": self.moderator.actor_id, "event": self.event, **fields}
        decision = Decision.objects.create(verb=verb, **values)
        DecisionReason.objects.create(decision=decision, text=WORDS)
        return decision


def make_world(language: str) -> World:
    now = timezone.now()
    day = (now + timedelta(days=14)).date()
    campaign = _campaign(day, language)
    event = _event(campaign, day, now, "March for freedom of movement")
    organiser = Organiser.objects.create(event=event, user=_user("organiser", language))
    moderator = _user("moderator", language)
    Coordinator.objects.create(user=moderator, campaign=campaign, role=Coordinator.Role.ADMIN)
    follower = recipient_for("follower@letters.example", language=language)
    collective = _collective(now, organiser.user)
    Event.objects.filter(pk=event.pk).update(host=collective)
    revision = Revision.objects.create(
        event=event, number=1, author=organiser.user, submitted_at=now - timedelta(days=3), **event.details()
    )
    CountryRule.objects.get_or_create(
        country=COUNTRY,
        defaults={
            "duty": CountryRule.Duty.NOTIFY,
            "authority": "An invented office",
            "lead": 6,
            "unit": "days",
            "source": "An invented law, article 7",
            "confidence": "low",
            "checked_on": now.date(),
        },
    )
    subscription = Subscription.objects.create(
        recipient=follower, campaign=campaign, scope="event", event=event, created_at=now, confirmed_at=now
    )
    return World(
        language=language,
        now=now,
        campaign=campaign,
        event=Event.objects.select_related("city", "campaign").get(pk=event.pk),
        other=_event(campaign, day, now, "Vigil at the river", start_time=time(18), end_time=None),
        revision=revision,
        collective=collective,
        organiser=organiser,
        moderator=moderator,
        follower=follower,
        subscription=subscription,
    )


def _campaign(day: date, language: str) -> Campaign:
    days = dict.fromkeys(("starts_on", "ends_on", "actions_from", "actions_to"), day)
    campaign = Campaign.objects.create(slug="letters", state=Campaign.State.OPEN, timezone=ZONE, **days)
    CampaignText.objects.create(campaign=campaign, language=language, name="Day of Action", slogan="Free movement")
    return campaign


def _user(name: str, language: str) -> User:
    return User.objects.create_user(f"{name}@letters.example", language=language)


def _collective(now: datetime, admin: User) -> Collective:
    collective = Collective.objects.create(
        name="Open Kitchen",
        slug="open-kitchen",
        name_look="open kitchen of letters",
        country=COUNTRY,
        language="en",
        about="We cook for everybody.",
        state=Collective.State.PUBLIC,
        reason=WORDS,
        created_at=now,
        published_at=now,
        changed_at=now,
    )
    Membership.objects.create(collective=collective, user=admin, role=Membership.Role.ADMIN)
    return collective


def _city() -> City:
    """Warszawa of the gazetteer, if that is loaded."""
    values = {"country": COUNTRY, "name": "Warszawa", "slug": "warszawa", "lat": "52.2298", "lon": "21.0118"}
    return City.objects.get_or_create(geoname_id=756135, defaults={**values, "timezone": ZONE})[0]


def _event(campaign: Campaign, day: date, now: datetime, title: str, **fields: Any) -> Event:
    details = {
        "title": title,
        "description": "We walk from the station to the square.",
        "language": "en",
        "kind": "demonstration",
        "organiser_name": "Open Borders Assembly & friends",
        "start_time": time(14),
        "end_time": time(16),
        "access_features": ["step_free"],
        "access_notes": "Seats at the fountain.",
        "contact_email": "hello@letters.example",
        **fields,
    }
    event = Event(
        campaign=campaign,
        state=Event.State.PUBLISHED,
        slug="protest",
        day=day,
        timezone=ZONE,
        place_kind="address",
        country=COUNTRY,
        city=_city(),
        venue="Plac Zamkowy",
        address="Plac Zamkowy 1",
        created_at=now,
        published_at=now,
        time_set_at=now,
        place_disclosed_at=now,
        **details,
    )
    event.slug = event.slug_for_title()
    event.set_search_text()
    event.save()
    event.refresh_from_db()
    return event
