"""R20: a link in a mail opens what it was made for, for whom it was made and as long as that lives. (That no link opens
another's purpose is tested over all links in R3.)"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from outbox.models import Recipient
from reminders import tokens
from reminders.models import Subscription
from tests.factories import WEEKS_BEFORE, EventFactory, SubscriptionFactory
from tests.security.rows import checksum

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
YEAR = timedelta(days=365)


@pytest.fixture
def follower() -> Subscription:
    follower: Subscription = SubscriptionFactory(event=EventFactory(), confirmed_at=WEEKS_BEFORE)
    return follower


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


# What each link is, and how long it lives after the mail; None: as long as the subscription.
LINKS: dict[str, tuple[Callable[[Subscription], str], timedelta | None]] = {
    "confirm": (lambda s: tokens.confirm_url(s.recipient, "en"), timedelta(hours=48)),
    "manage": (lambda s: tokens.manage_url(s.recipient), None),
    "leave": (lambda s: tokens.leave_urls([s], s.recipient)[0], None),
}


@pytest.mark.parametrize("name", LINKS)
def test_a_link_lives_as_long_as_it_says(name: str, follower: Subscription, clock: Any) -> None:
    make, life = LINKS[name]
    path = path_of(make(follower))
    clock.move_to(WEEKS_BEFORE + (life or YEAR) - timedelta(minutes=1))
    assert Client().get(path).status_code == 200
    if life:
        clock.move_to(WEEKS_BEFORE + life + timedelta(minutes=1))
        assert Client().get(path).status_code == 404


@pytest.mark.parametrize("name", LINKS)
def test_every_changed_byte_closes_it(name: str, follower: Subscription) -> None:
    path = path_of(LINKS[name][0](follower))
    before, token = path.rstrip("/").rsplit("/", 1)
    for at in range(0, len(token), 3):
        other = "A" if token[at] != "A" else "B"
        changed = f"{before}/{token[:at]}{other}{token[at + 1 :]}/"
        state = checksum()
        assert Client().get(changed).status_code == 404, at
        assert Client().post(changed, {"do": "leave_all"}).status_code == 404, at
        assert checksum() == state


def test_a_link_shows_nobody_elses(follower: Subscription) -> None:
    other = SubscriptionFactory(event=EventFactory(title="Of somebody else"), confirmed_at=WEEKS_BEFORE)
    page = Client().get(path_of(tokens.manage_url(follower.recipient))).content.decode()
    assert "Of somebody else" not in page
    assert other.recipient.address not in page
    Client().post(path_of(tokens.manage_url(follower.recipient)), {"do": "leave_all", "leave": str(other.pk)})
    assert Subscription.objects.filter(pk=other.pk).exists()


@pytest.mark.parametrize("name", LINKS)
def test_after_use_to_the_end_or_an_erasure_it_is_closed(name: str, follower: Subscription) -> None:
    path = path_of(LINKS[name][0](follower))
    Recipient.objects.filter(pk=follower.recipient_id).delete()
    assert Client().get(path).status_code == 404
    assert Client().post(path, {"do": "leave_all"}).status_code == 404


def test_stopping_works_once_and_a_second_press_is_harmless(follower: Subscription) -> None:
    _page, one_click = tokens.leave_urls([follower], follower.recipient)
    answers = [Client().post(path_of(one_click), {"List-Unsubscribe": "One-Click"}) for _n in range(2)]
    assert all(answer.status_code < 500 for answer in answers)
    assert not Subscription.objects.exists()
