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
from accounts.tokens import stay_url
from events.models import (
    BlockedSender,
    BlockedTerm,
    Decision,
    Event,
    Membership,
    Organiser,
    Registration,
    Revision,
    Trust,
)
from events.sitemap import PROTESTS_A_FILE
from events.tokens import sign_ons_url, thread_url
from events.views.register import OWN
from moderation.actions import approve_revision
from moderation.models import ReasonTemplate
from moderation.permissions import is_moderator
from organising.actions.collectives import propose_texts
from organising.actions.drafting import keep_import
from organising.actions.hosting import set_host
from organising.actions.invitations import invite_by_link
from organising.tokens import invitation_url, leave_shift_url, report_url, shifts_url, still_on_url, take_url
from outbox import meter
from outbox.models import Delivery
from reminders import tokens
from reminders.models import Subscription
from tests.factories import (
    AfterReportFactory,
    AnnouncementFactory,
    CampaignCountryFactory,
    CampaignFactory,
    CampaignTextFactory,
    CollectiveFactory,
    CoordinatorFactory,
    DeliveryFactory,
    DraftFactory,
    EventFactory,
    MembershipFactory,
    OrganiserFactory,
    PictureFactory,
    RevisionFactory,
    RightsCardFactory,
    ShiftFactory,
    ShiftSignUpFactory,
    SignOnFactory,
    SubscriptionFactory,
    ThreadFactory,
    UserFactory,
)
from tests.log_in import app_for, log_in

CITIES = ("events:city", "feeds:city", "feeds:city_atom", "feeds:city_json", "embed:city")
SLUGS = (
    dict.fromkeys(CITIES, "warszawa")
    | dict.fromkeys(["moderation:appoint", "moderation:person"], "2027")
    | {"events:archive_edition": "2002", "moderation:overview_list": "cities"}
)
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


# Who reaches most of what stands below these.
ROOMS = {
    "admin": "superuser",
    "moderation": "superuser",
    "organise": "organiser of it",
    "accounts": "organiser of it",
}


def whose(address: Address) -> str:
    """Whom this address is made for."""
    return ROOMS.get(address.route.partition("/")[0], "anonymous")


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
    public_ids: dict[str, str] = field(default_factory=dict)
    keys: dict[str, uuid.UUID] = field(default_factory=dict)

    def path(self, address: Address) -> str:
        room, _colon, name = address.name.rpartition(":")
        values: dict[str, object] = {
            "public_id": self.public_ids.get(name, self.event.public_id),
            "language": "en",
            "slug": SLUGS.get(address.name, self.event.slug),
            "number": self.event.pk // PROTESTS_A_FILE,
            "country": "pl",
            "key": self._key(room, name),
            "width": 480,
            "actor_id": self.revision.author.actor_id if self.revision.author else "",
            "pk": self.numbers.get(name, self.revision.pk),
            "token": self.tokens.get(address.name, self.tokens.get(name, "")),
            "app_label": "events",
            "url": "nowhere",
            "content_type_id": 0,
            "object_id": self.objects.get(name.rpartition("_")[0], "0"),
        }
        return address.path(values)

    def _key(self, room: str, name: str) -> object:
        if name in {"picture", "report_picture"}:
            return self.event.picture.key
        if name in self.keys:
            return self.keys[name]
        return self.registration.key if room == "events" else "mail"

    def client(self, role: str, *, checks_csrf: bool = False) -> Client:
        """A browser in which this person is logged in."""
        client = Client(enforce_csrf_checks=checks_csrf)
        user = self.people[role]
        if user and (user.is_staff or is_moderator(user)):
            log_in(client, user)
        elif user:
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
    meter.read(timezone.now())  # beat has ticked
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
        "helper of it": UserFactory(),
        "removed co-organiser": UserFactory(),
        "organiser of another": OrganiserFactory(event=EventFactory(title="Another")).user,
        "coordinator of Poland": CoordinatorFactory().user,
        "coordinator of Germany": CoordinatorFactory(country="DE").user,
        "coordinator of German texts": CoordinatorFactory(languages=["de"]).user,
        "stand-in for Poland": UserFactory(),
        "campaign admin": CoordinatorFactory(admin=True).user,
        "staff without rights": UserFactory(is_staff=True),
        "superuser": UserFactory(is_superuser=True),
    }
    today = timezone.now().date()
    people["coordinator of Poland"].coordinator_of.update(
        away_from=today, away_until=today, cover=people["stand-in for Poland"]
    )
    for user in people.values():
        if user:
            EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"verified": True})
    shown = {"picture": PictureFactory(), "picture_alt": "A banner"}
    first = RevisionFactory(author=people["organiser of it"], **shown)
    OrganiserFactory(event=first.event, user=people["organiser of it"])
    OrganiserFactory(event=first.event, user=people["helper of it"], role=Organiser.Role.HELPER)
    approve_revision(first, by=people["superuser"])
    event = Event.objects.get(pk=first.event_id)
    Organiser.objects.filter(event=event).update(since=timezone.now() - dt.timedelta(days=8))
    colleague = OrganiserFactory(event=event, role=Organiser.Role.CO_ORGANISER).user
    Trust.objects.create(
        user=colleague, campaign=campaign, country="PL", since=timezone.now(), actor_id=colleague.actor_id
    )
    revision = RevisionFactory(
        event=event, number=2, author=colleague, is_sensitive=True, contact_link="https://example.org/", **shown
    )
    asked = UserFactory(asked_to_stay_at=timezone.now())
    follower = Subscription.objects.get(pk=SubscriptionFactory(event=event).pk)
    waiting = SubscriptionFactory(event=event, confirmed_at=None)
    leave, one_click = (url.rstrip("/").rpartition("/")[2] for url in tokens.leave_urls([follower], follower.recipient))
    announcement = AnnouncementFactory(event=event, state="in_review", sent_at=timezone.now())
    draft = AnnouncementFactory(event=event)
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
    # The version that the public sees, and a change of it that waits.
    AfterReportFactory(event=event, state="published", pictures=[event.picture])
    told = AfterReportFactory(event=event, number=2, pictures=[event.picture])
    run = people["organiser of it"].organiser_of.get().pk
    thread = ThreadFactory(campaign=campaign)
    shift = ShiftFactory(event=event)
    helper = ShiftSignUpFactory(shift=shift, name="Anna")
    offering = ShiftSignUpFactory(shift=shift, state="unconfirmed")
    reported = ThreadFactory(campaign=campaign, event=event, reported_at=timezone.now())
    blocked, blocked_everywhere = (
        BlockedSender.objects.create(
            event=event, mailbox_hash=reported.mailbox, is_everywhere=is_everywhere, at=timezone.now()
        )
        for is_everywhere in (False, True)
    )
    DeliveryFactory(state=Delivery.State.QUARANTINED)
    collective = CollectiveFactory()
    founder = MembershipFactory(collective=collective, user=people["organiser of it"])
    set_host(event, collective, by=founder.user)
    propose_texts(collective, {**collective.texts, "about": "We cook."}, by=founder.user)
    member = MembershipFactory(collective=collective, role="member")
    to_protest = invite_by_link(event, Organiser.Role.HELPER, by=founder.user)
    to_collective = invite_by_link(collective, Membership.Role.MEMBER, by=founder.user)
    BlockedTerm.objects.create(kind=BlockedTerm.Kind.WORD, value="casino")
    Group.objects.create(name="helpers")
    RightsCardFactory()
    ReasonTemplate.objects.create(verb="reject", language="en", name="hate", title="Hate", text="It spreads hate.")
    copied = DraftFactory(user=people["organiser of it"], campaign=campaign)
    found = keep_import([], campaign, by=people["organiser of it"])
    return World(
        event=event,
        revision=revision,
        registration=registration,
        people=people,
        tokens={
            "confirm": tokens.confirm_url(waiting.recipient, "en").rstrip("/").rpartition("/")[2],
            **dict.fromkeys(["manage", "data"], tokens.manage_url(follower.recipient).rstrip("/").rpartition("/")[2]),
            "leave": leave,
            "account_stay": stay_url(asked).rstrip("/").rpartition("/")[2],
            "coming": tokens.coming_url(follower, follower.recipient).rstrip("/").rpartition("/")[2],
            "one_click": one_click,
            "sign_on": sign_ons_url(unproven.recipient, "en").rstrip("/").rpartition("/")[2],
            "still_on": still_on_url(run).rstrip("/").rpartition("/")[2],
            **dict.fromkeys(["report_by_link", "report_picture"], report_url(run).rstrip("/").rpartition("/")[2]),
            "invitation": invitation_url(to_protest).rstrip("/").rpartition("/")[2],
            "thread": thread_url(thread).rstrip("/").rpartition("/")[2],
            "take": take_url(offering.recipient, "en").rstrip("/").rpartition("/")[2],
            "shifts": shifts_url(helper.recipient).rstrip("/").rpartition("/")[2],
            "helping:leave": leave_shift_url(helper).rstrip("/").rpartition("/")[2],
        },
        keys={**dict.fromkeys(["draft", "delete_draft"], copied.key), "imported": found.key},
        public_ids={
            "beside": Event.objects.get(title="Another").public_id,
            **dict.fromkeys(
                ["collective", "edit_collective", "member", "member_invitation", "leave_collective"],
                collective.public_id,
            ),
        },
        numbers={
            "mfa_remove": app_for(people["coordinator of Poland"]).pk,
            "undo": Decision.objects.get().pk,
            "decide_on_sign_on": sign_on.pk,
            "announcement": draft.pk,
            "decide_on_announcement": announcement.pk,
            "decide_on_after_report": told.pk,
            "letter": thread.pk,
            "organiser": Organiser.objects.get(user=people["helper of it"]).pk,
            "change_invitation": to_protest.pk,
            "member": member.pk,
            "member_invitation": to_collective.pk,
            "decide_on_collective": collective.pk,
            "letter_of_visitor": reported.pk,
            "reported_letter": reported.pk,
            "unblock_sender": blocked.pk,
            "unblock_everywhere": blocked_everywhere.pk,
            "person": people["coordinator of Poland"].pk,
            **dict.fromkeys(["change_shift", "enough_for_shift", "remove_shift"], shift.pk),
            "remove_helper": helper.pk,
        },
        objects={
            f"{model._meta.app_label}_{model._meta.model_name}": model._default_manager.order_by("pk").first().pk
            for model in admin.site._registry
        },
    )
