"""What is deleted when, and what stays."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction

from events.models import Campaign
from noborder.unsafe import FEWEST_DAYS
from outbox import actions as outbox
from outbox.actions import recipient_for
from outbox.models import Delivery, Purge, Recipient
from reminders import actions, tasks
from reminders.actions import Moments, Wish
from reminders.models import Subscription
from reminders.planning import plan
from tests.factories import (
    WEEKS_BEFORE,
    CampaignFactory,
    DeliveryFactory,
    EventFactory,
    RecipientFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.reminders.following import at, follower, planned, protest

pytestmark = pytest.mark.django_db

LAST_DAY_OF_MEMORY = datetime(2027, 10, 27, 12, tzinfo=UTC)
DAY_AFTER = LAST_DAY_OF_MEMORY + timedelta(days=1)


def ask(address="anna@example.org"):
    actions.subscribe(Wish(CampaignFactory()), address, moments=Moments(), language="en")


def test_an_unconfirmed_wish_and_its_address_go_after_48_hours_and_the_count_of_mails_stays():
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        ask()
        Delivery.objects.update(state="sent", finished_at=WEEKS_BEFORE)
    actions.forget(WEEKS_BEFORE + timedelta(hours=47))
    assert Subscription.objects.count() == 1
    actions.forget(WEEKS_BEFORE + timedelta(hours=49))
    assert (Subscription.objects.count(), Recipient.objects.get().address) == (0, "")
    with time_machine.travel(WEEKS_BEFORE + timedelta(hours=50), tick=False):
        for _n in range(3):
            ask("anna+again@example.org")
    assert Delivery.objects.filter(letter="confirm").count() == 2


def test_an_address_that_was_forgotten_is_known_again_when_it_comes_back():
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        ask()
        Delivery.objects.update(state="sent", finished_at=WEEKS_BEFORE)
    actions.forget(WEEKS_BEFORE + timedelta(hours=49))
    recipient = recipient_for("Anna@example.org", language="en")
    assert (recipient.address, Recipient.objects.get().address) == ("anna@example.org", "anna@example.org")


def test_who_is_gone_is_deleted_once_the_mails_are():
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        ask()
        Delivery.objects.update(state="sent", finished_at=WEEKS_BEFORE)
    actions.forget(WEEKS_BEFORE + timedelta(days=15))
    assert (Delivery.objects.count(), Recipient.objects.count()) == (0, 0)


def test_a_reminder_is_not_forgotten_while_it_would_be_planned_again(settings):
    settings.FORGET_AFTER_DAYS = FEWEST_DAYS
    follower(protest())
    plan(at("10-04 09:00"))
    Delivery.objects.update(state="sent", finished_at=at("10-04 09:00"))
    for day in range(4, 11):
        actions.forget(at(f"10-{day:02} 10:30"))
        plan(at(f"10-{day:02} 10:40"))
    assert planned() == [("week", at("10-04 09:00"))]


def test_followers_and_mails_go_two_weeks_after_the_edition():
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        subscription = SubscriptionFactory()
        DeliveryFactory(
            recipient=subscription.recipient, state="sent", finished_at=datetime(2027, 10, 13, 9, tzinfo=UTC)
        )
    actions.forget(LAST_DAY_OF_MEMORY)
    assert Subscription.objects.count() == 1
    actions.forget(DAY_AFTER)
    assert (Subscription.objects.count(), Delivery.objects.count(), Recipient.objects.count()) == (0, 0, 0)


def test_followers_of_another_edition_stay():
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        gone = SubscriptionFactory()
        later = CampaignFactory(
            slug="2028",
            starts_on=datetime(2028, 10, 11, tzinfo=UTC).date(),
            ends_on=datetime(2028, 10, 13, tzinfo=UTC).date(),
            actions_from=datetime(2028, 10, 11, tzinfo=UTC).date(),
            actions_to=datetime(2028, 10, 13, tzinfo=UTC).date(),
        )
        kept = Subscription.objects.create(
            recipient=gone.recipient,
            campaign=later,
            scope="campaign",
            created_at=WEEKS_BEFORE,
            confirmed_at=WEEKS_BEFORE,
        )
    actions.forget(DAY_AFTER)
    assert list(Subscription.objects.all()) == [kept]
    assert Recipient.objects.get().address != ""


def test_organisers_never_again_and_mails_that_wait_stay():
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        organiser = UserFactory()
        refusing = RecipientFactory(never_again_at=WEEKS_BEFORE)
        waiting = DeliveryFactory(state="queued")
    actions.forget(DAY_AFTER)
    assert set(Recipient.objects.values_list("pk", flat=True)) == {
        organiser.recipient_id,
        refusing.pk,
        waiting.recipient_id,
    }
    assert Recipient.objects.get(pk=organiser.recipient_id).address == organiser.email


def test_forgetting_takes_few_statements_however_many_there_are(django_assert_max_num_queries):
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        event = EventFactory()
        for _n in range(30):
            SubscriptionFactory(event=event)
    with django_assert_max_num_queries(20):
        actions.forget(DAY_AFTER)
    assert (Subscription.objects.count(), Recipient.objects.count()) == (0, 0)


def test_they_are_forgotten_some_at_a_time(monkeypatch):
    monkeypatch.setattr(outbox, "FORGOTTEN_AT_ONCE", 2)
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        stays = UserFactory().recipient_id
        mailed = [DeliveryFactory(state="sent", finished_at=DAY_AFTER).recipient_id for _n in range(3)]
        RecipientFactory.create_batch(4)
    actions.forget(DAY_AFTER)
    assert list(Recipient.objects.order_by("pk").values_list("pk", flat=True)) == [stays, *mailed]
    assert set(Recipient.objects.filter(pk__in=mailed)[:3].values_list("address", flat=True)) == {""}
    assert Purge.objects.get(what="addresses").number == 7


@pytest.mark.django_db(transaction=True)
def test_whoever_comes_back_just_then_stays():
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        anna = DeliveryFactory(recipient__address="anna@example.org", state="sent", finished_at=DAY_AFTER).recipient
    with transaction.atomic():
        ask()
        forgetting = threading.Thread(target=in_a_connection_of_its_own, args=[actions.forget, DAY_AFTER])
        forgetting.start()
        forgetting.join(timeout=1)
    forgetting.join(timeout=120)
    assert not forgetting.is_alive()
    assert Recipient.objects.get(pk=anna.pk).address == "anna@example.org"
    assert Subscription.objects.count() == 1


def in_a_connection_of_its_own(act, *args):
    try:
        act(*args)
    finally:
        connection.close()


def test_the_tasks_run_on_an_empty_house():
    tasks.plan()
    tasks.forget()
    assert Campaign.objects.count() == 0
