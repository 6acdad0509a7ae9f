"""What docs/privacy.md says of each table is true: after the edition nothing is left that should be gone, and of
somebody who is erased nothing at all. A table without a line fails."""

import io
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import accounts.tasks
import events.tasks
import moderation.tasks
import organising.tasks
import reminders.tasks
from accounts.erasing import BadList, erase, erase_again, read_erased
from accounts.models import AuditEntry, MailedCode, User
from events.models import Campaign, Event, Organiser, Revision, SignOn
from moderation.models import Claim
from organising.models import Announcement
from outbox.models import Delivery, Erased, Purge, Recipient
from outbox.sealing import CannotOpen, SealedTextField, unseal
from reminders.models import Subscription
from tests.canaries import everything_in_redis
from tests.factories import (
    WEEKS_BEFORE,
    AnnouncementFactory,
    CampaignFactory,
    CoordinatorFactory,
    DeliveryFactory,
    DraftFactory,
    EventFactory,
    OrganiserFactory,
    RecipientFactory,
    RevisionFactory,
    ShiftSignUpFactory,
    SubscriptionFactory,
    ThreadFactory,
    UserFactory,
)
from tests.log_in import log_in
from tests.security.addresses import World, make_world

DAY_7 = datetime(2027, 10, 21, 12, tzinfo=UTC)
DAY_14 = DAY_7 + timedelta(days=7, hours=1)

LINE = re.compile(r"^\| `(\w+\.\w+)` \| .*\| ([^|]+) \|$", re.MULTILINE)
RULES = dict(LINE.findall(Path("docs/privacy.md").read_text()))


@pytest.fixture
def world(db: None) -> Iterator[World]:
    """Of its one test alone: the others count what there is."""
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        yield make_world()


def models() -> dict[str, Any]:
    return {model._meta.label: model for model in apps.get_models(include_auto_created=True)}


def run_the_jobs() -> None:
    """What beat does within an hour, in the order of its names."""
    events.tasks.tick()
    for job in (
        reminders.tasks.forget,
        events.tasks.forget,
        organising.tasks.forget,
        organising.tasks.look_after_accounts,
        organising.tasks.forget_shifts,
        organising.tasks.forget_legal,
        organising.tasks.forget_day_sheets,
        moderation.tasks.forget,
        accounts.tasks.forget,
        reminders.tasks.forget,
    ):
        job()


def test_every_table_has_a_line_that_says_how_long() -> None:
    assert set(RULES) == set(models())
    kinds = {rule.partition(":")[0] for rule in RULES.values()}
    assert kinds == {"Person", "Edition", "Time", "Number", "Nobody", "stays"}


def test_a_table_that_points_to_people_is_not_called_nobodys() -> None:
    people = {Recipient, User}
    for label, model in models().items():
        points = {field.name for field in model._meta.fields if field.related_model in people}
        actors = {field.name for field in model._meta.fields} & {"actor_id", "editor_id"}
        sealed = {field.name for field in model._meta.fields if isinstance(field, SealedTextField)}
        if points or actors or sealed:
            assert RULES[label] != "Nobody", label
        if points or sealed:
            assert RULES[label] != "Number" or label == "organising.Announcement", label


def test_two_weeks_after_the_edition_what_should_be_gone_is_gone(world: World) -> None:
    Claim.objects.create(event=world.event, user=world.people["superuser"], until=WEEKS_BEFORE)
    MailedCode.objects.create(
        purpose="login",
        recipient=world.people["superuser"].recipient,
        code="123456",
        language="en",
        created_at=WEEKS_BEFORE,
        expires_at=WEEKS_BEFORE,
    )
    Delivery.objects.update(state="sent", finished_at=WEEKS_BEFORE, lease_until=None)
    coordinators = {role for role in world.people if role.startswith("coordinator of")}
    kept = {world.people[role].pk for role in (*coordinators, "campaign admin", "superuser", "staff without rights")}
    for moment in (DAY_7, DAY_14):
        with time_machine.travel(moment, tick=False):
            run_the_jobs()
    gone = [label for label, rule in RULES.items() if rule.partition(":")[0] in {"Edition", "Time"}]
    # The question of day 7 to organisers went with them; sessions of moderators are theirs.
    assert {label: models()[label].objects.count() for label in gone if models()[label].objects.exists()} == {}
    assert set(User.objects.values_list("pk", flat=True)) == kept
    assert set(Recipient.objects.exclude(address="").values_list("user__pk", flat=True)) == kept
    assert set(Event.objects.values_list("contact_email", "contact_link")) == {("", "")}
    assert set(Revision.objects.values_list("state", "contact_email", "author")) == {("approved", "", None)}
    assert set(SignOn.objects.values_list("recipient", flat=True)) <= {None}
    assert set(Announcement.objects.values_list("text", flat=True)) <= {""}
    assert world.event.pk in set(Event.objects.values_list("pk", flat=True))
    told = dict(Purge.objects.values_list("what", "number"))
    assert {"followers", "helpers", "letters", "accounts", "versions", "drafts"} <= set(told)
    page = Client()
    with time_machine.travel(DAY_14 + timedelta(days=1), tick=False):
        assert "Followers: <b>" in page.get("/en/privacy/deleted/").content.decode()
    with time_machine.travel(DAY_14 + timedelta(minutes=1), tick=False):
        assert "28 October" not in page.get("/en/privacy/deleted/").content.decode()


@pytest.mark.django_db
def test_a_place_that_only_some_were_told_goes_and_a_public_one_stays() -> None:
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        public = EventFactory()
        told = EventFactory(disclosure="timed", disclose_at=WEEKS_BEFORE, place_disclosed_at=WEEKS_BEFORE)
        later = DAY_14 + timedelta(days=5)
        kept = [EventFactory(disclosure="followers"), EventFactory(disclosure="timed", disclose_at=later)]
        hidden, waiting = EventFactory(state="hidden"), EventFactory(state="submitted")
        merged = EventFactory(state="hidden", merged_into=public)
    with time_machine.travel(DAY_14, tick=False):
        run_the_jobs()
    assert set(Event.objects.exclude(venue="").values_list("pk", flat=True)) == {public.pk, told.pk, merged.pk}
    assert set(Event.objects.filter(venue="", lat=None).values_list("pk", flat=True)) == {one.pk for one in kept}
    assert not Event.objects.filter(pk__in=[hidden.pk, waiting.pk]).exists()


@pytest.mark.django_db
def test_an_erased_edition_takes_its_people_along_and_no_others() -> None:
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        gone, both = OrganiserFactory(), OrganiserFactory()
        later = CampaignFactory(
            slug="2028",
            starts_on="2028-10-11",
            ends_on="2028-10-13",
            actions_from="2028-10-11",
            actions_to="2028-10-13",
        )
        OrganiserFactory(user=both.user, event=EventFactory(campaign=later))
        follower = SubscriptionFactory(event=gone.event).recipient
        other = SubscriptionFactory(event=EventFactory(campaign=later)).recipient
        DeliveryFactory(recipient=other, ids={"event": gone.event_id}, state="sent", finished_at=WEEKS_BEFORE)
        with pytest.raises(CommandError):
            call_command("erase_campaign", "nothing", "--yes")
        call_command("erase_campaign", "2027", "--yes", stdout=io.StringIO())
    assert Campaign.objects.get(slug="2027").state == "archived"
    assert not Recipient.objects.filter(pk__in=[follower.pk, gone.user.recipient_id]).exists()
    assert set(User.objects.all()) == {both.user}
    assert set(Organiser.objects.values_list("event__campaign__slug", flat=True)) == {"2028"}
    assert list(Subscription.objects.values_list("recipient", flat=True)) == [other.pk]
    assert (Delivery.objects.filter(letter="test").count(), Event.objects.filter(pk=gone.event_id).count()) == (0, 1)


@pytest.mark.django_db
def test_an_edition_is_erased_in_as_many_statements_however_many_follow_it() -> None:
    """When a machine is about to be taken there are minutes for a hundred thousand followers."""
    numbers = []
    for followers in (2, 12):
        event = EventFactory()
        people = [SubscriptionFactory(event=event).recipient for _n in range(followers)]
        DeliveryFactory(recipient=people[0], state="sent", finished_at=WEEKS_BEFORE, batch="change:1")
        with CaptureQueriesContext(connection) as statements:
            call_command("erase_campaign", event.campaign.slug, "--yes", stdout=io.StringIO())
        numbers.append(len(statements))
        assert not Recipient.objects.exists()
        assert {bytes(one.address_hash) for one in people} <= {
            bytes(hashed) for hashed in Erased.objects.values_list("address_hash", flat=True)
        }
    assert numbers[1] <= numbers[0]


@pytest.mark.django_db
@pytest.mark.usefixtures("fresh_limits")
def test_an_admin_erases_one_edition_by_typing_its_name() -> None:
    page = "/admin/events/campaign/"
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        follower, boss = SubscriptionFactory().recipient, UserFactory(is_superuser=True)
        campaign, other = Campaign.objects.get(), CampaignFactory(slug="2002", state="archived")
        runs_it = CoordinatorFactory(campaign=campaign, admin=True).user
        asked = {"action": "erase_people", "_selected_action": [campaign.pk]}
        for stranger in (None, runs_it):
            client = Client()
            if stranger:
                log_in(client, stranger)
            assert "/login/" in client.post(page, {**asked, "slug": "2027"})["Location"]
        admin = Client()
        log_in(admin, boss)
        assert "Type 2027 to erase its people" in admin.post(page, asked).content.decode()
        assert "not the name of the edition" in admin.post(page, {**asked, "slug": "2002"}).content.decode()
        both = {**asked, "_selected_action": [campaign.pk, other.pk], "slug": "2027"}
        assert "Choose one edition." in admin.post(page, both, follow=True).content.decode()
        assert Recipient.objects.filter(pk=follower.pk).exists()
        assert not AuditEntry.objects.filter(verb="campaign erased").exists()
        done = admin.post(page, {**asked, "slug": "2027"}, follow=True).content.decode()
    assert "Erased: accounts 1, addresses 2." in done
    assert not Recipient.objects.filter(pk=follower.pk).exists()
    assert set(User.objects.all()) == {boss}
    assert Campaign.objects.get(slug="2027").state == "archived"
    assert AuditEntry.objects.get(verb="campaign erased").actor_id == boss.actor_id


@pytest.mark.django_db
def test_after_a_restore_the_erased_are_erased_again_and_who_came_back_stays() -> None:
    early, back = RecipientFactory(), RecipientFactory()
    now = early.created_at
    lines = [
        f"{bytes(early.address_hash).hex()} {(now + timedelta(hours=1)).isoformat()}",
        f"{bytes(back.address_hash).hex()} {(now - timedelta(hours=1)).isoformat()}",
    ]
    for _run in range(2):
        erase_again(read_erased("\n".join(lines)))
        assert list(Recipient.objects.all()) == [back]
    assert Erased.objects.count() == 2
    assert RecipientFactory().pk > back.pk + 1_000_000
    out = io.StringIO()
    call_command("erased", stdout=out)
    assert sorted(read_erased(out.getvalue())) == sorted(read_erased("\n".join(lines)))
    for wrong in ("x", "ab 2027-01-01", f"{'a' * 64} 2027-01-01", f"{'a' * 64} never"):
        with pytest.raises(BadList):
            read_erased(wrong)


@pytest.mark.django_db
@pytest.mark.usefixtures("fresh_limits")
def test_an_erased_person_leaves_nothing_in_any_column() -> None:
    """In clear or sealed, in every column of every table, in sessions, and in Redis."""
    organiser = OrganiserFactory(label="Canary")
    user, recipient = organiser.user, organiser.user.recipient
    OrganiserFactory(event=organiser.event)
    SubscriptionFactory(recipient=recipient)
    ShiftSignUpFactory(recipient=recipient, name="Canary")
    DraftFactory(user=user, answers="Canary")
    ThreadFactory(recipient=recipient).messages.create(at=WEEKS_BEFORE, text="Canary")
    AnnouncementFactory(actor_id=user.actor_id, text="Canary")
    DeliveryFactory(recipient=recipient)
    RevisionFactory(event=organiser.event, author=user, state="approved", contact_email=user.email)
    organiser.event.messages.create(
        key=uuid.uuid4(), at=WEEKS_BEFORE, actor_id=user.actor_id, is_from_moderators=False, text="Canary"
    )
    logged_in = Client()
    logged_in.force_login(user)
    # A log-in that was begun and not ended keeps the address in its session.
    assert Client().post("/accounts/login/", {"email": user.email}).status_code == 302
    canaries = ("Canary", user.email)
    before = found(*canaries)
    assert len(before) > 8
    assert (SESSIONS, user.email) in before
    erase(recipient)
    assert found(*canaries) == set()
    assert [text for text in everything_in_redis() if any(canary in text for canary in canaries)] == []
    assert not Session.objects.exists()
    assert "/login/" in logged_in.get("/organise/")["Location"]


SESSIONS = "django_session.session_data"


def found(*canaries: str) -> set[tuple[str, str]]:
    """In which columns one of these stands, sealed ones opened."""
    places = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column.name for column in cursor.description or []]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    text = opened(value)
                    places |= {(f"{table}.{name}", canary) for canary in canaries if canary in text}
    kept = [str(session.get_decoded()) for session in Session.objects.all()]
    return places | {(SESSIONS, canary) for canary in canaries for text in kept if canary in text}


PURPOSES = {
    field.purpose for model in apps.get_models() for field in model._meta.fields if isinstance(field, SealedTextField)
}


def opened(value: object) -> str:
    text = bytes(value).hex() if isinstance(value, memoryview | bytes) else str(value)
    for purpose in PURPOSES if text.partition(":")[0] in settings.SEAL_KEYS else ():
        try:
            return unseal(text, purpose=purpose)
        except CannotOpen:
            continue
    return text
