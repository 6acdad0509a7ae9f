"""The public pages."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from events.models import Campaign, Event
from organising import tokens
from organising.models import Shift, ShiftSignUp
from tests.factories import (
    WEEKS_BEFORE,
    EventFactory,
    OrganiserFactory,
    RecipientFactory,
    RevisionFactory,
    ShiftFactory,
)
from tests.guards import guards
from tests.log_in import logged_in
from tests.organising.shifts.line import added, free, help_path, join, offer, states
from tests.reminders.conftest import Mail

pytestmark = pytest.mark.django_db


def sent(client: Client, event: Event, *chosen: Shift, **values: Any) -> Any:
    data = {"shifts": [shift.pk for shift in chosen], "email": "anna@example.org", "name": "Anna", **guards(), **values}
    return client.post(help_path(event), data)


def test_from_the_page_of_the_protest_to_a_place_and_back(client: Client, delivered: Callable[[], list[Mail]]) -> None:
    event = EventFactory()
    assert "Helpers wanted" not in client.get(event.get_absolute_url()).content.decode()
    shift = added(event, note="Bring water.")
    page = client.get(event.get_absolute_url()).content.decode()
    assert "Helpers wanted" in page
    assert help_path(event) in page
    form = client.get(help_path(event)).content.decode()
    for words in (
        "Steward",
        "Monday 11 October, 13:00–15:00",
        "local time in Warszawa (CEST)",
        "2 free",
        "Bring water.",
    ):
        assert words in form
    assert sent(client, event, shift).headers["Location"] == help_path(event) + "sent/"
    [mail] = delivered()
    assert "Steward, Monday 11 October, 13:00–15:00" in mail.text
    assert "Anna" not in mail.text
    link = mail.link("/help/take/")
    assert "A place is free at the moment." in client.get(link).content.decode()
    assert states(shift) == []
    answer = client.post(link)
    assert states(shift) == [("anna", "in")]
    assert "You have a place." in client.get(answer.headers["Location"]).content.decode()
    [_first, mail] = delivered()
    assert "Plac Zamkowy" in mail.text
    leave = mail.link("/help/leave/")
    assert "Give it back" in client.get(leave).content.decode()
    assert client.post(leave).status_code == 302
    assert (states(shift), free(shift)) == ([], 2)
    assert "not your shift any more" in client.get(leave).content.decode()
    assert client.post(leave).status_code == 302


def test_the_page_sets_the_csrf_cookie_alone_and_is_kept_nowhere(client: Client) -> None:
    event = EventFactory()
    added(event)
    page = client.get(help_path(event))
    assert (set(page.cookies), page.headers["Cache-Control"]) == ({"csrf"}, "private, no-store")


def test_the_answer_is_the_same_whoever_the_address_belongs_to(client: Client) -> None:
    event = EventFactory()
    shift = added(event)
    RecipientFactory(address="refusing@example.org", never_again_at=WEEKS_BEFORE)
    join(shift, "known@example.org")
    answers = {
        (answer.status_code, answer.headers["Location"])
        for address in ("known@example.org", "new@example.org", "refusing@example.org")
        for answer in [sent(client, event, shift, email=address)]
    }
    assert answers == {(302, help_path(event) + "sent/")}


@pytest.mark.parametrize("values", [{"state": "cancelled"}, {"state": "hidden"}, {"state": "submitted"}])
def test_what_is_not_to_come_has_no_such_page(client: Client, values: dict[str, str]) -> None:
    event = EventFactory(**values)
    ShiftFactory(event=event)
    assert client.get(help_path(event)).status_code == 404
    assert client.post(help_path(event)).status_code == 404


def test_a_protest_that_is_over_or_of_a_closed_edition_has_no_such_page(client: Client, weeks_before: Any) -> None:
    event = EventFactory()
    added(event)
    Campaign.objects.update(state="closed")
    assert client.get(help_path(event)).status_code == 404
    Campaign.objects.update(state="open")
    weeks_before.move_to(datetime(2027, 10, 11, 14, tzinfo=UTC))
    assert client.get(help_path(event)).status_code == 404
    assert "Helpers wanted" not in client.get(event.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    "values",
    [
        {"email": "nobody"},
        {"email": ""},
        {"shifts": []},
        {"shifts": ["0"]},
        {"shifts": ["99999999999999999999"]},
        {"shifts": ["\0"]},
        {"nickname": "robot"},
        {"key": ""},
        {"name": "x" * 61},
    ],
)
def test_bad_input_is_told_and_nothing_typed_is_lost(client: Client, values: dict[str, Any]) -> None:
    event = EventFactory()
    shift = added(event)
    page = sent(client, event, shift, **{"name": "Anna Typed", **values})
    assert page.status_code == 200
    assert "Please check what you entered" in page.content.decode()
    if "name" not in values:
        assert "Anna Typed" in page.content.decode()
    if "shifts" not in values:
        assert f'value="{shift.pk}" checked' in page.content.decode()
    assert ShiftSignUp.objects.count() == 0


def test_without_redis_the_form_asks_to_try_again_and_keeps_what_was_typed(client: Client, redis_away: None) -> None:
    event = EventFactory()
    shift = added(event)
    answer = sent(client, event, shift, name="Anna Typed")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "Anna Typed" in answer.content.decode()
    assert ShiftSignUp.objects.count() == 0


def test_too_many_offers_from_one_network_have_to_wait(client: Client) -> None:
    event = EventFactory()
    shift = added(event)
    answers = [sent(client, event, shift, email=f"a{n}@example.org", name="Kept") for n in range(31)]
    assert [answer.status_code for answer in answers] == [302] * 30 + [429]
    assert "Kept" in answers[-1].content.decode()


def test_whoever_takes_two_at_the_same_time_is_warned_and_may(client: Client) -> None:
    event = EventFactory()
    one, other = added(event), added(event, job="sound")
    recipient = offer(one, "a@example.org")
    offer(other, "a@example.org")
    link = "/en/help/take/" + tokens.take_url(recipient, "en").rstrip("/").rpartition("/")[2] + "/"
    assert "These two are at the same time" in client.get(link).content.decode()
    client.post(link)
    assert (states(one), states(other)) == ([("a", "in")], [("a", "in")])


def test_on_ones_own_page_one_gives_back_one_all_or_says_never_again(client: Client) -> None:
    event = EventFactory()
    one, other = added(event), added(event, job="sound")
    sign_up = join(one, "a@example.org")
    join(other, "a@example.org")
    path = tokens.shifts_path(sign_up.recipient)
    stranger = join(one, "b@example.org")
    client.post(path, {"do": "leave", "sign_up": stranger.pk})
    client.post(path, {"do": "leave", "sign_up": "\0"})
    assert states(one) == [("a", "in"), ("b", "in")]
    client.post(path, {"do": "leave", "sign_up": sign_up.pk})
    assert (states(one), states(other)) == ([("b", "in")], [("a", "in")])
    assert client.post(path, {"do": "never_again"}).headers["Location"] == "/en/help/left/"
    assert states(other) == []
    assert client.get(path).status_code == 404


def test_ones_own_page_says_when_the_protest_is_cancelled_or_hidden(client: Client) -> None:
    sign_up = join(added(EventFactory(title="Canary title")), "a@example.org")
    path = tokens.shifts_path(sign_up.recipient)
    Event.objects.update(state="cancelled", cancel_reason="Rain")
    page = client.get(path).content.decode()
    assert "Rain" in page
    Event.objects.update(state="hidden")
    page = client.get(path).content.decode()
    assert "no longer listed" in page
    assert "Canary title" not in page


def test_a_place_kept_back_is_not_on_any_page_and_in_the_mail_only_when_followers_may_know_it(
    client: Client, delivered: Callable[[], list[Mail]], weeks_before: Any
) -> None:
    opens = datetime(2027, 10, 10, 8, tzinfo=UTC)
    event = EventFactory(venue="Canaryplatz", address="Canaryweg 5", disclosure="followers", disclose_at=opens)
    shift = added(event)
    sign_up = join(shift, "a@example.org")
    owner = logged_in(OrganiserFactory(event=event).user)
    room = f"/organise/{event.public_id}/shifts/"
    pages = [
        client.get(help_path(event)),
        client.get(tokens.shifts_path(sign_up.recipient)),
        owner.get(room + "print/"),
    ]
    assert not any("Canary" in page.content.decode() for page in pages)
    assert not any("Canary" in mail.text + mail.html for mail in delivered())
    weeks_before.move_to(opens)
    assert "Canary" in client.get(tokens.shifts_path(sign_up.recipient)).content.decode()
    assert "Canary" not in client.get(help_path(event)).content.decode()


@pytest.mark.parametrize("disclosure", ["followers", "public"])
def test_words_that_name_what_became_the_place_later_are_not_shown_before_it_may_be_known(
    client: Client, delivered: Callable[[], list[Mail]], disclosure: str
) -> None:
    event = EventFactory()
    shift = added(event, job="other", label="Set up at Canaryplatz", note="Meet at the Canaryplatz.")
    added(event, note="Bring water.")
    recipient = join(shift, "a@example.org").recipient
    assert "Canary" in client.get(help_path(event)).content.decode()
    opens = datetime(2027, 10, 10, 8, tzinfo=UTC) if disclosure == "followers" else None
    moved = {"venue": "Canaryplatz", "address": "", "disclosure": disclosure, "disclose_at": opens}
    revision = RevisionFactory(event=event, **moved)
    page = client.get(help_path(event)).content.decode()
    assert "Canary" not in page
    assert "Something else" in page
    assert "Bring water." in page
    revision.delete()
    Event.objects.update(**moved)
    pages = [client.get(help_path(event)), client.get(tokens.shifts_path(recipient))]
    is_shown = disclosure == "public"
    assert [("Canary" in page.content.decode()) for page in pages] == [is_shown, is_shown]
    assert any("Canary" in mail.text + mail.html for mail in delivered() if mail.to == "a@example.org") == is_shown


def test_who_has_not_confirmed_reads_no_words_of_organisers(
    client: Client, delivered: Callable[[], list[Mail]]
) -> None:
    event = EventFactory()
    shift = added(event, job="other", label="Call 0900 canary", note="Canary note.")
    sent(client, event, shift)
    [mail] = delivered()
    assert "Something else, Monday 11 October, 13:00–15:00" in mail.text
    assert "anary" not in mail.text + mail.html


@pytest.mark.parametrize("state", ["cancelled", "hidden"])
def test_nobody_is_asked_to_confirm_what_cannot_be_confirmed(
    client: Client, delivered: Callable[[], list[Mail]], state: str
) -> None:
    shift, other = added(EventFactory()), added(EventFactory())
    offer(shift, "a@example.org")
    offer(shift, "b@example.org")
    offer(other, "b@example.org")
    Event.objects.filter(pk=shift.event_id).update(state=state, title="Gone")
    [mail] = delivered()
    assert (mail.to, "Gone" in mail.text + mail.html) == ("b@example.org", False)
