"""Every address of the site, read from the URLconf, and a small world with something behind each of them."""

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts.models import User
from events.models import Event, Registration, Revision
from events.sitemap import PROTESTS_A_FILE
from events.tokens import sign_ons_url, thread_url
from events.views.register import OWN
from moderation.actions import approve_revision
from outbox.models import Delivery
from reminders import tokens
from reminders.models import Subscription
from tests.factories import (
    CampaignCountryFactory,
    CampaignFactory,
    CampaignTextFactory,
    CoordinatorFactory,
    DeliveryFactory,
    EventFactory,
    OrganiserFactory,
    PictureFactory,
    RevisionFactory,
    SignOnFactory,
    SubscriptionFactory,
    ThreadFactory,
    UserFactory,
)

CITIES = ("events:city", "feeds:city", "feeds:city_atom", "feeds:city_json", "embed:city")
SLUGS = dict.fromkeys(CITIES, "warszawa") | {"events:archive_edition": "2002"}
REGEX_GROUP = re.compile(r"\(\?P<(\w+)>[^)]*\)")
CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Address:
    """One pattern of the URLconf. `name` is its full name, or its route where it has none."""

    name: str
    route: str

    def path(self, values: dict[str, object]) -> str:
        """The address with *values* in its gaps; a gap that nobody knows is a KeyError."""
        route = REGEX_GROUP.sub(r"<\1>", self.route)
        filled = CONVERTER.sub(lambda gap: str(values[gap[1]]), route)
        return "/" + filled.replace("^", "").replace("$", "").replace("\\Z", "")


def _walk(patterns: list[URLPattern | URLResolver], route: str, namespace: str) -> Iterator[Address]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, here, inner)
        else:
            yield Address(namespace + pattern.name if pattern.name else here, here)


def addresses() -> list[Address]:
    """All addresses of the site, those of the admin included."""
    return list(_walk(get_resolver().url_patterns, "", ""))


@dataclass
class World:
    """A public protest with an open edit, a follower, a registration that waits for its code, and people."""

    event: Event
    revision: Revision
    registration: Registration
    people: dict[str, User | None]
    tokens: dict[str, str]
    objects: dict[str, object] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    def path(self, address: Address) -> str:
        room, _colon, name = address.name.rpartition(":")
        values: dict[str, object] = {
            "public_id": self.event.public_id,
            "slug": SLUGS.get(address.name, self.event.slug),
            "number": self.event.pk // PROTESTS_A_FILE,
            "country": "pl",
            "key": self._key(room, name),
            "width": 480,
            "pk": self.numbers.get(name, self.revision.pk),
            "token": self.tokens.get(name, ""),
            "app_label": "events",
            "url": "nowhere",
            "content_type_id": 0,
            "object_id": self.objects.get(name.rpartition("_")[0], "0"),
        }
        return address.path(values)

    def _key(self, room: str, name: str) -> object:
        if name == "picture":
            return self.event.picture.key
        return self.registration.key if room == "events" else "mail"

    def client(self, role: str, *, checks_csrf: bool = False) -> Client:
        """A browser in which this person is logged in."""
        client = Client(enforce_csrf_checks=checks_csrf)
        user = self.people[role]
        if user:
            client.force_login(user)
        return client

    def browser_that_registered(self, *, checks_csrf: bool = False) -> Client:
        client = Client(enforce_csrf_checks=checks_csrf)
        client.get("/en/register/")
        session = client.session
        session[OWN] = [str(self.registration.key)]
        session.save()
        client.cookies["session"] = str(session.session_key)
        return client


def make_world() -> World:
    """Call with the clock some weeks before the protests."""
    campaign = CampaignFactory()
    CampaignTextFactory(campaign=campaign)
    CampaignCountryFactory(campaign=campaign)
    CampaignFactory(
        slug="2002",
        state="archived",
        starts_on="2002-10-11",
        ends_on="2002-10-13",
        actions_from="2002-10-10",
        actions_to="2002-10-19",
    )
    people = {
        "anonymous": None,
        "organiser of it": UserFactory(),
        "organiser of another": OrganiserFactory(event=EventFactory(title="Another")).user,
        "coordinator of Poland": CoordinatorFactory().user,
        "coordinator of Germany": CoordinatorFactory(country="DE").user,
        "campaign admin": CoordinatorFactory(country="").user,
        "staff without rights": UserFactory(is_staff=True),
        "superuser": UserFactory(is_superuser=True),
    }
    for user in people.values():
        if user:
            EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"verified": True})
    shown = {"picture": PictureFactory(), "picture_alt": "A banner"}
    first = RevisionFactory(author=people["organiser of it"], **shown)
    OrganiserFactory(event=first.event, user=people["organiser of it"])
    approve_revision(first, by=people["superuser"])
    event = Event.objects.get(pk=first.event_id)
    revision = RevisionFactory(event=event, number=2, author=people["organiser of it"], title="Another title", **shown)
    follower = Subscription.objects.get(pk=SubscriptionFactory(event=event).pk)
    waiting = SubscriptionFactory(event=event, confirmed_at=None)
    leave, one_click = (url.rstrip("/").rpartition("/")[2] for url in tokens.leave_urls([follower], follower.recipient))
    registration = Registration.objects.create(
        key=uuid.uuid4(),
        campaign=campaign,
        recipient=follower.recipient,
        answers='{"email": ["somebody@example.org"]}',
        language="en",
        created_at=timezone.now(),
        expires_at=timezone.now() + dt.timedelta(hours=1),
    )
    unproven = SignOnFactory(campaign=campaign)
    sign_on = SignOnFactory(campaign=campaign, state="pending", confirmed_at=timezone.now())
    thread = ThreadFactory(campaign=campaign)
    DeliveryFactory(state=Delivery.State.QUARANTINED)
    Group.objects.create(name="helpers")
    return World(
        event=event,
        revision=revision,
        registration=registration,
        people=people,
        tokens={
            "confirm": tokens.confirm_url(waiting.recipient, "en").rstrip("/").rpartition("/")[2],
            "manage": tokens.manage_url(follower.recipient).rstrip("/").rpartition("/")[2],
            "leave": leave,
            "one_click": one_click,
            "sign_on": sign_ons_url(unproven.recipient, "en").rstrip("/").rpartition("/")[2],
            "thread": thread_url(thread).rstrip("/").rpartition("/")[2],
        },
        numbers={"decide_on_sign_on": sign_on.pk, "letter": thread.pk},
        objects={
            f"{model._meta.app_label}_{model._meta.model_name}": model._default_manager.order_by("pk").first().pk
            for model in admin.site._registry
        },
    )
