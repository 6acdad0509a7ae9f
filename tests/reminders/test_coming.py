"""Who comes: what followers may answer, how it is counted, and that nobody but the numbers is seen."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from events.models import Event, EventChange, SiteStamp
from reminders import actions, coming, tokens
from reminders.models import Subscription
from reminders.notices import notice_changes
from reminders.planning import plan
from tests.at_once import at_once
from tests.factories import (
    WEEKS_BEFORE,
    CampaignCountryFactory,
    CampaignTextFactory,
    EventFactory,
    OrganiserFactory,
    RecipientFactory,
    SubscriptionFactory,
)
from tests.reminders.conftest import Mail
from tests.security.rows import checksum


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture
def event(db: None) -> Event:
    event: Event = EventFactory()
    CampaignTextFactory(campaign=event.campaign)
    return event


@pytest.fixture
def anna(event: Event) -> Subscription:
    subscription: Subscription = SubscriptionFactory(
        event=event, recipient=RecipientFactory(address="anna@example.org")
    )
    return subscription


def path_of(subscription: Subscription) -> str:
    return "/en/" + tokens.coming_url(subscription, subscription.recipient).partition("/en/")[2]


def count_of(event: Event) -> int:
    event.refresh_from_db()
    return event.coming_count


def turn_off(event: Event) -> None:
    CampaignCountryFactory(campaign=event.campaign, shows_counts=False)


def stamps() -> list[Any]:
    return list(SiteStamp.objects.values_list())


def come(event: Event, number: int) -> list[Subscription]:
    followers = [SubscriptionFactory(event=event) for _n in range(number)]
    for follower in followers:
        coming.answer(follower, is_coming=True)
    return followers


# The page


def test_the_page_has_two_buttons_and_the_answer_can_be_changed(
    strict_client: Client, event: Event, anna: Subscription
) -> None:
    path = path_of(anna)
    page = strict_client.get(path)
    assert "no-store" in page["Cache-Control"]
    assert page.content.decode().count("<button") == 2
    token = strict_client.cookies["csrf"].value
    for wanted, count in (("coming", 1), ("coming", 1), ("not_coming", 0), ("coming", 1)):
        response = strict_client.post(path, {"do": wanted, "csrfmiddlewaretoken": token})
        assert response.url == path
        assert count_of(event) == count
    assert "You said that you come." in strict_client.get(path).content.decode()
    anna.refresh_from_db()
    assert (anna.is_coming, anna.answered_at) == (True, WEEKS_BEFORE)


def test_scanners_that_open_every_link_twice_answer_nothing(client: Client, anna: Subscription) -> None:
    path = path_of(anna)
    before = checksum()
    for _n in range(2):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
        assert client.get(path, {"do": "coming"}).status_code == 200
    assert checksum() == before


def test_a_button_that_does_not_exist_changes_nothing(client: Client, event: Event, anna: Subscription) -> None:
    for answers in ({}, {"do": "explode"}, {"do": "\0"}):
        assert client.post(path_of(anna), answers).status_code == 302
    assert count_of(event) == 0


def over(event: Event, anna: Subscription) -> None:
    Event.objects.filter(pk=event.pk).update(day="2027-08-01")


def cancelled(event: Event, anna: Subscription) -> None:
    Event.objects.filter(pk=event.pk).update(state="cancelled")


def hidden(event: Event, anna: Subscription) -> None:
    Event.objects.filter(pk=event.pk).update(state="hidden")


def left(event: Event, anna: Subscription) -> None:
    actions.leave([anna])


def off(event: Event, anna: Subscription) -> None:
    turn_off(event)


@pytest.mark.parametrize("change", [over, cancelled, hidden, left, off])
def test_the_link_ends_when_nobody_asks_any_more(
    client: Client, event: Event, anna: Subscription, change: Callable[[Event, Subscription], None]
) -> None:
    path = path_of(anna)
    change(event, anna)
    assert client.get(path).status_code == 404
    assert client.post(path, {"do": "coming"}).status_code == 404
    assert not coming.answer(anna, is_coming=True)
    assert count_of(event) == 0


def test_it_works_until_the_protest_is_over(client: Client, anna: Subscription, clock: Any) -> None:
    path = path_of(anna)
    clock.move_to(datetime(2027, 10, 11, 13, 59, tzinfo=UTC))
    assert client.get(path).status_code == 200
    clock.move_to(datetime(2027, 10, 11, 14, 0, tzinfo=UTC))
    assert client.get(path).status_code == 404


def test_the_page_shows_no_place_that_is_not_public(client: Client, event: Event, anna: Subscription) -> None:
    Event.objects.filter(pk=event.pk).update(
        disclosure="followers", disclose_at=WEEKS_BEFORE - timedelta(days=1), place_disclosed_at=WEEKS_BEFORE
    )
    assert "Zamkowy" not in client.get(path_of(anna)).content.decode()


def test_only_a_confirmed_follower_of_a_protest_answers(event: Event) -> None:
    waiting = SubscriptionFactory(event=event, confirmed_at=None)
    of_city = SubscriptionFactory(event=None, scope="city", city=event.city, campaign=event.campaign)
    for subscription in (waiting, of_city):
        assert not coming.answer(subscription, is_coming=True)
        with pytest.raises(IntegrityError), transaction.atomic():
            Subscription.objects.filter(pk=subscription.pk).update(is_coming=True, answered_at=WEEKS_BEFORE)
    assert count_of(event) == 0


def test_the_page_of_all_reminders_asks_too(client: Client, event: Event, anna: Subscription) -> None:
    path = tokens.manage_path(anna.recipient)
    assert "I’m coming" in client.get(path).content.decode()
    client.post(path, {"do": "coming", "subscription": anna.pk})
    assert count_of(event) == 1
    client.post(path, {"do": "not_coming", "subscription": anna.pk})
    assert count_of(event) == 0
    turn_off(event)
    assert "I’m coming" not in client.get(path).content.decode()
    client.post(path, {"do": "coming", "subscription": anna.pk})
    assert count_of(event) == 0


# Mails


def test_a_reminder_asks_and_not_where_counts_are_off(
    client: Client, event: Event, anna: Subscription, clock: Any, delivered: Callable[[], list[Mail]]
) -> None:
    clock.move_to(datetime(2027, 10, 4, 7, 0, tzinfo=UTC))
    plan(datetime(2027, 10, 4, 7, 0, tzinfo=UTC))
    (mail,) = delivered()
    assert client.get(mail.link("/reminders/coming/")).status_code == 200
    assert "I’m coming / I can’t" in mail.text
    assert "I’m coming / I can’t" in mail.html
    turn_off(event)
    clock.move_to(datetime(2027, 10, 10, 9, 0, tzinfo=UTC))
    plan(datetime(2027, 10, 10, 9, 0, tzinfo=UTC))
    later = delivered()[-1]
    assert "/coming/" not in later.text + later.html


def test_a_notice_asks_followers_of_the_protest_alone(
    event: Event, anna: Subscription, delivered: Callable[[], list[Mail]]
) -> None:
    neighbour = RecipientFactory(address="neighbour@example.org")
    SubscriptionFactory(event=None, scope="city", city=event.city, campaign=event.campaign, recipient=neighbour)
    EventChange.objects.create(event=event, kind="restored", at=WEEKS_BEFORE)
    with time_machine.travel(WEEKS_BEFORE + timedelta(minutes=2), tick=False):
        notice_changes(WEEKS_BEFORE + timedelta(minutes=2))
        texts = {mail.to: mail.text for mail in delivered()}
    assert "/coming/" in texts["anna@example.org"]
    assert "/coming/" not in texts["neighbour@example.org"]


# Counting


LEAVE: list[Callable[[Subscription], object]] = [
    lambda anna: actions.leave([anna]),
    lambda anna: actions.leave_all(anna.recipient),
    lambda anna: actions.never_again(anna.recipient),
]


@pytest.mark.parametrize("leave", LEAVE)
def test_who_leaves_is_not_counted_any_more(
    event: Event, anna: Subscription, leave: Callable[[Subscription], object]
) -> None:
    come(event, 2)
    coming.answer(anna, is_coming=True)
    assert count_of(event) == 3
    leave(anna)
    assert count_of(event) == 2


def test_a_merged_protest_brings_its_answers(event: Event, anna: Subscription) -> None:
    heir = EventFactory(title="The same")
    both = SubscriptionFactory(event=heir, recipient=anna.recipient)
    other = SubscriptionFactory(event=event)
    for subscription in (anna, other):
        coming.answer(subscription, is_coming=True)
    Event.objects.filter(pk=event.pk).update(state="hidden", merged_into=heir)
    EventChange.objects.create(event=event, kind="merged", at=WEEKS_BEFORE, other=heir)
    notice_changes(WEEKS_BEFORE + timedelta(minutes=2))
    assert (count_of(event), count_of(heir)) == (0, 2)
    both.refresh_from_db()
    assert both.is_coming is True


def test_forgotten_followers_stay_as_a_number(event: Event, clock: Any) -> None:
    come(event, 6)
    clock.move_to(datetime(2027, 10, 28, 12, tzinfo=UTC))
    event.campaign.state = "archived"
    event.campaign.save()
    actions.forget(datetime(2027, 10, 28, 12, tzinfo=UTC))
    assert Subscription.objects.count() == 0
    coming.keep_counts()
    assert (count_of(event), event.coming_shown) == (6, 5)


def test_a_number_that_went_wrong_is_put_right_within_the_hour(event: Event) -> None:
    come(event, 2)
    Event.objects.filter(pk=event.pk).update(coming_count=7)
    coming.keep_counts()
    assert (count_of(event), event.coming_shown) == (2, 0)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_all_counted() -> None:
    event = EventFactory()
    come(event, 3)
    leaving = list(Subscription.objects.all())
    arriving = [SubscriptionFactory(event=event) for _n in range(7)]
    acts: list[Callable[[], object]] = [lambda s=s: actions.leave([s]) for s in leaving]
    acts += [lambda s=s: coming.answer(s, is_coming=True) for s in arriving]
    at_once(*acts)
    assert count_of(event) == 7 == Subscription.objects.coming().count()


# What others see


def shown(client: Client, event: Event) -> str:
    page: str = client.get(event.get_absolute_url()).content.decode()
    return page


def test_the_public_is_told_from_five_on_in_steps_once_an_hour(client: Client, event: Event) -> None:
    come(event, 4)
    coming.keep_counts()
    assert "say that they come" not in shown(client, event)
    come(event, 3)
    assert "say that they come" not in shown(client, event)
    before = stamps()
    assert coming.keep_counts() == 1
    assert stamps() != before
    assert "5 or more say that they come" in shown(client, event)
    come(event, 1)
    before = stamps()
    assert coming.keep_counts() == 0
    assert stamps() == before


def test_an_answer_makes_no_page_new(event: Event, anna: Subscription) -> None:
    before = stamps()
    coming.answer(anna, is_coming=True)
    actions.leave([anna])
    assert stamps() == before


def test_where_counts_are_off_no_number_is_seen_and_answers_are_deleted(client: Client, event: Event) -> None:
    come(event, 6)
    coming.keep_counts()
    turn_off(event)
    assert "say that they come" not in shown(client, event)
    assert coming.counts_of([event]) == {}
    coming.keep_counts()
    assert (count_of(event), event.coming_shown) == (0, 0)
    assert not Subscription.objects.exclude(is_coming=None, answered_at=None).exists()
    assert Subscription.objects.count() == 6


def test_after_it_the_page_says_what_was_said(client: Client, event: Event, clock: Any) -> None:
    come(event, 6)
    coming.keep_counts()
    clock.move_to(datetime(2027, 10, 12, 12, tzinfo=UTC))
    assert "5 or more said that they come" in shown(client, event)


def test_a_cancelled_protest_tells_no_number(client: Client, event: Event) -> None:
    come(event, 6)
    coming.keep_counts()
    Event.objects.filter(pk=event.pk).update(state="cancelled")
    assert "that they come" not in shown(client, event)


def test_organisers_are_told_the_exact_number(client: Client, event: Event) -> None:
    client.force_login(OrganiserFactory(event=event).user)
    come(event, 3)
    path = f"/organise/{event.public_id}/announcements/"
    assert "3 people say that they come." in client.get(path).content.decode()
    turn_off(event)
    assert "that they come" not in client.get(path).content.decode()
