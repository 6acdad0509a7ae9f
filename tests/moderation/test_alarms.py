"""Who runs the site hears when mail does not leave: once an hour and kind, in numbers alone."""

import datetime as dt
import logging

import pytest
from allauth.account.models import EmailAddress

from accounts.models import User
from moderation.alarms import LETTER, Alarm, found, raise_alarms
from outbox import letters
from outbox.models import Delivery
from tests.at_once import at_once
from tests.factories import DeliveryFactory, UserFactory

State = Delivery.State
NOW = dt.datetime(2027, 10, 10, 9, 30, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def _admin(address: str = "root@example.org", *, verified: bool = True, **fields: object) -> User:
    user = UserFactory(email=address, is_superuser=True, **fields)
    EmailAddress.objects.filter(user=user).update(verified=verified)
    return user


def _sent(at: dt.datetime) -> None:
    DeliveryFactory(state=State.SENT, finished_at=at)


def _late(minutes: int = 15) -> None:
    DeliveryFactory(not_before=NOW - minutes * MINUTE)


def _alarms() -> list[tuple[str, int]]:
    return [(d.ids["kind"], d.ids["number"]) for d in Delivery.objects.filter(letter=LETTER).order_by("pk")]


def _tried(number: int) -> None:
    for _ in range(number):
        DeliveryFactory(not_before=NOW + MINUTE, attempts=1, postponed=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("late", "tried", "sent_before", "quarantined_before", "wrong"),
    [
        (9, 0, 60, None, {}),
        (15, 0, 2, None, {Alarm.LATE: 15}),
        (15, 0, 60, None, {Alarm.STOPPED: 1}),
        (15, 0, 2, 30, {Alarm.LATE: 15, Alarm.QUARANTINED: 1}),
        # One server that greylists at night is no outage; a mail server that takes nothing is.
        (None, 3, 60, None, {}),
        (None, 20, 60, None, {Alarm.STOPPED: 20}),
        (None, 20, 5, None, {}),
        (None, 0, 60, 30, {Alarm.QUARANTINED: 1}),
        (None, 0, 60, 61, {}),
        (None, 0, 60, None, {}),
    ],
)
def test_what_is_wrong(
    late: int | None, tried: int, sent_before: int, quarantined_before: int | None, wrong: dict[Alarm, int]
) -> None:
    _sent(NOW - sent_before * MINUTE)
    _tried(tried)
    if late:
        _late(late)
    if quarantined_before:
        DeliveryFactory(state=State.QUARANTINED, finished_at=NOW - quarantined_before * MINUTE)

    assert found(NOW) == wrong


@pytest.mark.django_db
def test_only_superusers_with_a_proven_address_are_written_to(caplog: pytest.LogCaptureFixture) -> None:
    told = _admin()
    _admin("unproven@example.org", verified=False)
    _admin("gone@example.org", is_active=False)
    UserFactory(email="staff@example.org", is_staff=True)
    _late()
    with caplog.at_level(logging.ERROR):
        assert raise_alarms(NOW) == 1

    (alarm,) = Delivery.objects.filter(letter=LETTER)
    assert alarm.recipient == told.recipient
    assert (alarm.not_before, alarm.priority, alarm.ids) == (NOW, 0, {"kind": "stopped", "number": 1, "at": 1823160600})
    assert "alarm: stopped (1)" in caplog.text


@pytest.mark.django_db
def test_one_mail_an_hour_and_kind() -> None:
    _admin()
    _late()
    for minutes in range(0, 60, 10):
        raise_alarms(NOW + minutes * MINUTE)
    assert _alarms() == [("stopped", 1)]

    DeliveryFactory(state=State.QUARANTINED, finished_at=NOW + 30 * MINUTE)
    raise_alarms(NOW + 40 * MINUTE)
    raise_alarms(NOW + 61 * MINUTE)

    assert [kind for kind, _number in _alarms()] == ["stopped", "quarantined", "stopped"]


@pytest.mark.django_db
def test_without_an_admin_the_log_still_says_it(caplog: pytest.LogCaptureFixture) -> None:
    _late()
    with caplog.at_level(logging.ERROR):
        assert raise_alarms(NOW) == 0
    assert "alarm: stopped (1)" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_two_that_look_at_once_write_one_mail() -> None:
    _admin()
    _late()
    at_once(*[lambda: raise_alarms(NOW)] * 2)
    assert len(_alarms()) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("late", "The oldest mail that is due waits for 15 minutes."),
        ("stopped", "No mail has left for ten minutes, and 15 wait."),
        ("quarantined", "15 mails were put into quarantine within an hour."),
    ],
)
def test_the_letter_says_what_was_noticed_and_how_it_is_now(kind: str, words: str) -> None:
    alarm = DeliveryFactory(
        letter=LETTER, recipient=_admin().recipient, ids={"kind": kind, "number": 15, "at": 1823160600}
    )

    letter = letters.kind(LETTER).render([alarm])[alarm.pk]

    assert words in letter.text
    assert words in letter.html
    assert "Noticed at 2027-10-10 09:30 UTC." in letter.text
    assert "/admin/post-office/" in letter.text
    assert "@" not in letter.text.replace(letter.subject, "")


@pytest.mark.django_db
def test_who_is_no_admin_any_more_is_not_told() -> None:
    user = _admin()
    alarm = DeliveryFactory(letter=LETTER, recipient=user.recipient, ids={"kind": "late", "number": 15, "at": 0})
    unwanted = letters.kind(LETTER).unwanted
    assert unwanted([alarm]) == {}

    User.objects.update(is_superuser=False)

    assert unwanted([alarm]) == {alarm.pk: "not an admin any more"}
