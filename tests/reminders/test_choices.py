"""What a follower chooses beyond the moments: a pause, changes or none, everything about them, and to be erased."""

import json
from datetime import timedelta
from itertools import product

import pytest
import time_machine

from events.models import EventChange
from outbox.models import Delivery, Erased, Recipient, Tally
from reminders import actions
from reminders.actions import pause
from reminders.models import Subscription
from reminders.notices import notice_changes
from reminders.planning import plan
from tests.factories import (
    WEEKS_BEFORE,
    CampaignFactory,
    DeliveryFactory,
    EventFactory,
    RecipientFactory,
    ShiftSignUpFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.reminders.following import at, follower, follower_of, planned, protest
from tests.reminders.test_links import manage, manage_path

pytestmark = pytest.mark.django_db

Kind = EventChange.Kind
LETTERS = {"event": "reminder", "country": "digest"}


def change_of(event, kind, now):
    return EventChange.objects.create(event=event, kind=kind, at=now - timedelta(minutes=5), before={}, after={})


def told():
    """The letters that wait, with the day and hour in Warsaw at which they leave."""
    rows = Delivery.objects.filter(state="queued").order_by("not_before", "pk")
    return [(row.letter, row.not_before.astimezone(at("10-01 00:00").tzinfo).strftime("%m-%d %H:%M")) for row in rows]


PAUSES = [
    # scope, from noon of -> until the morning of: the mails of a protest on 11 October at 14:00
    ("event", "10-03", "10-04", [("week", "10-04 09"), ("day", "10-10 11"), ("hours", "10-11 11")]),
    # What fell into the pause and is still of use comes after it.
    ("event", "10-03", "10-06", [("week", "10-06 08"), ("day", "10-10 11"), ("hours", "10-11 11")]),
    ("event", "10-03", "10-11", [("day", "10-11 08"), ("hours", "10-11 11")]),
    # The pause is longer than there is something to tell.
    ("event", "10-03", "10-12", []),
    ("event", "10-04", "10-30", [("week", "10-04 09")]),
    ("country", "10-03", "10-06", [("week", "10-06 08"), ("day", "10-10 11"), ("hours", "10-11 08")]),
    ("country", "10-04", "10-30", [("week", "10-04 09")]),
]
CLOCKS = ["07:50", "08:01", "08:50", "10:50", "12:00"]


@pytest.mark.parametrize(("scope", "since", "until", "expected"), PAUSES)
def test_a_pause_leaves_out_what_falls_into_it_and_then_the_plan_goes_on(scope, since, until, expected):
    event = protest()
    subscription = follower(event) if scope == "event" else follower_of("country", country="PL")
    for day, clock in product([3, 4, 6, 10, 11], CLOCKS):
        now = at(f"10-{day:02} {clock}")
        Delivery.objects.filter(not_before__lte=now).update(state="sent", finished_at=now)
        if now == at(f"{since} 12:00"):
            pause(subscription.recipient, at(f"{until} 00:00").date())
        plan(now)
    found = [(moment, due.astimezone(now.tzinfo).strftime("%m-%d %H")) for moment, due in planned(LETTERS[scope])]
    assert found == expected


def test_what_was_planned_when_the_pause_began_is_planned_anew_after_it():
    subscription = follower(protest())
    plan(at("10-04 08:50"))
    assert told() == [("reminder", "10-04 09:00")]
    with time_machine.travel(at("10-04 08:55"), tick=False):
        pause(subscription.recipient, at("10-05 00:00").date())
    plan(at("10-04 09:30"))
    assert told() == []
    plan(at("10-05 08:01"))
    assert told() == [("reminder", "10-05 08:01")]


CHANGES = [
    # scope, with changes, what happened, paused -> the letters that wait
    ("event", True, Kind.MOVED, False, ["notice"]),
    ("city", True, Kind.MOVED, False, ["notice"]),
    ("city", False, Kind.MOVED, False, []),
    ("city", False, Kind.CANCELLED, False, []),
    ("country", True, Kind.MOVED, False, ["changes"]),
    ("country", False, Kind.MOVED, False, []),
    ("campaign", True, Kind.PUBLISHED, False, ["changes"]),
    ("campaign", False, Kind.PUBLISHED, False, []),
    ("event", True, Kind.MOVED, True, []),
    ("city", True, Kind.MOVED, True, []),
    ("country", True, Kind.CANCELLED, True, []),
    ("event", True, Kind.CANCELLED, True, ["notice"]),
    ("city", True, Kind.CANCELLED, True, ["notice"]),
]


@pytest.mark.parametrize(("scope", "with_changes", "kind", "is_paused", "expected"), CHANGES)
def test_who_hears_of_which_change(scope, with_changes, kind, is_paused, expected):
    event = protest(state="cancelled" if kind == Kind.CANCELLED else "published")
    where = {"city": {"city": event.city}, "country": {"country": "PL"}}.get(scope, {})
    one = follower(event) if scope == "event" else follower_of(scope, with_changes=with_changes, **where)
    now = at("10-01 12:00")
    with time_machine.travel(now, tick=False):
        if is_paused:
            pause(one.recipient, at("10-05 00:00").date())
        change_of(event, kind, now)
        notice_changes(now)
        assert [letter for letter, _due in told()] == expected
        if is_paused and expected:
            # In the morning after the pause, or when it is ended before.
            assert told() == [("notice", "10-05 08:00")]
            one.recipient.refresh_from_db()
            actions.go_on(one.recipient)
            assert told() == [("notice", "10-01 12:00")]


def test_a_cancellation_after_which_the_pause_lasts_too_long_is_not_told():
    event = protest(state="cancelled")
    one = follower(event)
    with time_machine.travel(at("10-01 12:00"), tick=False):
        pause(one.recipient, at("10-14 00:00").date())
        change_of(event, Kind.CANCELLED, at("10-01 12:00"))
        notice_changes(at("10-01 12:00"))
    assert told() == []


@pytest.mark.parametrize(
    ("day", "told_at"), [("10-03", "10-03 08:00"), ("10-07", "10-07 08:00"), ("10-20", "10-05 08:00")]
)
def test_a_cancellation_comes_when_the_pause_ends_also_if_another_end_is_chosen(day, told_at):
    event = protest(state="cancelled")
    one = follower(event)
    with time_machine.travel(at("10-01 12:00"), tick=False):
        pause(one.recipient, at("10-05 00:00").date())
        change_of(event, Kind.CANCELLED, at("10-01 12:00"))
        notice_changes(at("10-01 12:00"))
        one.recipient.refresh_from_db()
        pause(one.recipient, at(f"{day} 00:00").date())
    assert told() == [("notice", told_at)]


def test_what_is_about_to_leave_when_the_pause_begins_does_not_leave(delivered):
    event = protest()
    one = follower(event)
    with time_machine.travel(at("10-10 11:00"), tick=False):
        plan(at("10-10 10:55"))
        Recipient.objects.filter(pk=one.recipient_id).update(paused_until=at("10-11 08:00"))
        assert delivered() == []
    assert Delivery.objects.get().reason == "paused"


def test_changes_are_a_choice_of_those_who_follow_many(client):
    one = SubscriptionFactory()
    many = follower_of("country", recipient=one.recipient, country="PL")
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        assert client.get(manage_path(one.recipient)).content.decode().count("gathered once an hour") == 1
        for subscription in (one, many):
            manage(client, one.recipient, do="moments", subscription=subscription.pk, week_before="on")
    one.refresh_from_db()
    many.refresh_from_db()
    assert (one.with_changes, many.with_changes, many.week_before, many.day_before) == (True, False, True, False)


BAD_DAYS = ["", "x", "2027-09-01", "2020-01-01", "2028-09-02", "9999-12-31", "2027-13-40", "\0", "9" * 50]


def test_a_pause_is_set_seen_and_ended_on_the_page(client):
    anna = SubscriptionFactory().recipient
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        for wrong in BAD_DAYS:
            answer = manage(client, anna, do="pause", until=wrong)
            assert (answer.status_code, "field--wrong" in answer.content.decode()) == (200, True)
        for _click in range(2):
            assert manage(client, anna, do="pause", until="2027-09-09").status_code == 302
        assert "Paused until the morning of" in client.get(manage_path(anna)).content.decode()
        for _click in range(2):
            assert manage(client, anna, do="go_on").status_code == 302
        assert "Paused until" not in client.get(manage_path(anna)).content.decode()
    anna.refresh_from_db()
    assert anna.paused_until is None


def test_everything_that_is_stored_can_be_kept_and_is_ones_own_alone(client):
    anna, other = RecipientFactory(address="anna@example.org"), RecipientFactory(address="other@example.org")
    event = EventFactory()
    for recipient, name in ((anna, "Anna A."), (other, "Somebody Else")):
        SubscriptionFactory(recipient=recipient, event=event)
        ShiftSignUpFactory(recipient=recipient, name=name)
        DeliveryFactory(recipient=recipient)
    answer = client.get(f"{manage_path(anna)}data.json")
    assert (answer["Cache-Control"], answer["Content-Disposition"][:10]) == ("no-store, private", "attachment")
    data = json.loads(answer.content)
    assert (data["address"], set(data["stored"])) == (
        "anna@example.org",
        {"outbox.Recipient", "outbox.Delivery", "reminders.Subscription", "organising.ShiftSignUp"},
    )
    assert [row["name"] for row in data["stored"]["organising.ShiftSignUp"]] == ["Anna A."]
    assert "other@example.org" not in answer.content.decode()
    assert "Somebody Else" not in answer.content.decode()


def test_whoever_is_erased_leaves_a_hash_and_numbers(client):
    event = EventFactory()
    anna = SubscriptionFactory(event=event).recipient
    Subscription.objects.update(is_coming=True, answered_at=WEEKS_BEFORE)
    sign_up = ShiftSignUpFactory(recipient=anna, shift__event=event, shift__needed=1)
    waiting = ShiftSignUpFactory(shift=sign_up.shift, state="waiting")
    DeliveryFactory(recipient=anna, state="sent", finished_at=WEEKS_BEFORE, batch="change:1")
    DeliveryFactory(recipient=anna)
    link = manage_path(anna)
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        assert client.post(link, {"do": "erase"}).headers["Location"] == "/en/reminders/left/"
    assert not Recipient.objects.filter(pk=anna.pk).exists()
    assert (Subscription.objects.count(), Delivery.objects.filter(recipient=anna.pk).count()) == (0, 0)
    assert Tally.objects.get().sent == 1
    assert bytes(Erased.objects.get().address_hash) == bytes(anna.address_hash)
    waiting.refresh_from_db()
    event.refresh_from_db()
    assert (waiting.state, event.coming_count) == ("in", 0)
    for path in (link, f"{link}data.json"):
        assert client.get(path).status_code == 404
    assert client.post(link, {"do": "erase"}).status_code == 404


def test_what_an_account_holds_is_neither_shown_nor_erased_on_the_page_of_followers(client):
    user = UserFactory()
    SubscriptionFactory(recipient=user.recipient)
    page = client.get(manage_path(user.recipient)).content.decode()
    assert ("/accounts/my-data/" in page, "Delete everything" in page, "data.json" in page) == (True, False, False)
    answer = client.get(f"{manage_path(user.recipient)}data.json")
    assert (answer.status_code, answer.headers["Location"], answer.content) == (302, "/accounts/my-data/", b"")
    manage(client, user.recipient, do="erase")
    assert Recipient.objects.filter(pk=user.recipient_id).exists()


def test_erased_people_may_come_back(client):
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        anna = SubscriptionFactory(recipient=RecipientFactory(address="anna@example.org")).recipient
        manage(client, anna, do="erase")
        actions.subscribe(actions.Wish(CampaignFactory()), "anna@example.org", moments=actions.Moments(), language="en")
    assert Subscription.objects.get().recipient.address == "anna@example.org"
