"""Test mails."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from events.actions import Refused
from events.models import BlockedTerm, Event, Organiser
from organising.actions import announcing
from organising.budgets import first_link
from organising.models import Announcement
from tests.at_once import at_once
from tests.factories import AnnouncementFactory, EventFactory, OrganiserFactory, SubscriptionFactory
from tests.organising.announcements.writing import TEXTS, State, mails, path, sent, trust
from tests.reminders.conftest import Mail


def test_a_test_mail_goes_to_its_writer_alone(
    room: Client, event: Event, owner: User, follower: Any, delivered: Callable[[], list[Mail]]
) -> None:
    announcement = AnnouncementFactory(event=event)
    for _n in range(2):
        response = room.post(path(event, announcement), {"do": "test"})
        assert response.url.endswith("?tested=1")
    (mail,) = delivered()
    assert mail.to == owner.email
    assert "It will be **hot**" in mail.text
    assert "List-Unsubscribe" not in mail.message
    assert "/reminders/" not in mail.text
    announcement.refresh_from_db()
    assert announcement.is_draft


def test_test_mails_are_limited(event: Event, owner: User, clock: Any) -> None:
    announcement = AnnouncementFactory(event=event)
    for _n in range(announcing.TESTS_A_DAY):
        announcing.send_test(announcement, by=owner)
        clock.shift(60)
    with pytest.raises(Refused):
        announcing.send_test(announcement, by=owner)
    clock.shift(timedelta(days=1))
    announcing.send_test(announcement, by=owner)


@pytest.mark.parametrize(("is_trusted", "most"), [(False, 2), (True, 5)])
def test_a_protest_has_a_few_a_day(
    event: Event, owner: User, follower: Any, clock: Any, is_trusted: bool, most: int
) -> None:
    if is_trusted:
        trust(owner, event)
    for _n in range(most):
        sent(event, owner)
    other = OrganiserFactory(event=event, role=Organiser.Role.CO_ORGANISER).user
    for user in (owner, other):
        with pytest.raises(Refused, match="at most"):
            sent(event, user)
    clock.shift(timedelta(days=1, seconds=1))
    sent(event, owner)


def test_links_need_trust(event: Event, owner: User, follower: Any) -> None:
    with pytest.raises(Refused, match="looks like a link"):
        sent(event, owner, text="See https://example.org/")
    trust(owner, event)
    assert sent(event, owner, text="See https://example.org/").is_released


@pytest.mark.parametrize("what", ["gone", "helper", "blocked", "another's"])
def test_a_letter_of_who_no_longer_speaks_for_the_protest_does_not_leave(
    event: Event, owner: User, follower: Any, clock: Any, delivered: Callable[[], list[Mail]], what: str
) -> None:
    announcement = sent(event, owner)
    OrganiserFactory(event=event)
    if what in {"gone", "another's"}:
        Organiser.objects.filter(user=owner).delete()
    if what == "another's":
        OrganiserFactory(user=owner)
    Organiser.objects.filter(user=owner).update(**({"role": "helper"} if what == "helper" else {"role": "owner"}))
    User.objects.filter(pk=owner.pk).update(is_active=what != "blocked")
    clock.shift(61)
    assert delivered() == []
    assert mails(announcement).get().reason == "author gone"


def test_a_trusted_link_shows_its_host(
    event: Event, owner: User, follower: Any, clock: Any, delivered: Callable[[], list[Mail]]
) -> None:
    trust(owner, event)
    sent(event, owner, text="[our page](https://example.org/x)")
    clock.shift(61)
    (mail,) = delivered()
    assert "(example.org)" in mail.html
    assert "https://example.org/x" in mail.text


@pytest.mark.parametrize(
    "text",
    [
        "http://evil.example",
        "HTTPS://evil.example",
        "go to www.evil",
        "evil.example",
        "evil.example/path",
        "t.me/x",
        "ftp://x",
        "mail me@evil.example",
        "evil．example",
        "evil。example",
        "bücher.example",
        "приклад.укр",
        "[x](//evil.example)",
        "[click](&#104;ttps&#58;//evil&#46;com/a)",
        r"[click](//evil\.com/a)",
        "[click](//1.2.3.4/x)",
        "[click](page)",
        "[click]()",
        "[click][1]\n\n[1]: evil",
        "1.2.3.4/x",
        "//localhost/x",
        "..evil.com/x",
        ".evil.com",
        "evil.com_",
        "_evil.com",
        "evil.com-now",
        "site.xn--p1ai/x",
        "**evil**.com",
        r"evil\.com",
        "evil&#46;com",
        "evil&period;com",
        "evil.c\u00adom",
        "evil.भारत",
    ],
)
def test_what_mail_programs_make_links_of_is_one(text: str) -> None:
    assert first_link(["Some words.", text])


@pytest.mark.parametrize(
    "text",
    [
        *("At 14.30 we go.", "Bring 1.5 l water, e. g. two bottles.", "11.10.2027", "…", "a.1", "Wait...what?"),
        *("It ends at 14.30pm.", "On 11.10.27/12.10.27", "song.mp3", "AT&T", "**Bold.** *So*", "a/b"),
    ],
)
def test_what_is_no_link_is_none(text: str) -> None:
    assert first_link([text]) == ""


def test_above_a_size_an_untrusted_text_is_read_first(
    event: Event, owner: User, follower: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "MOST_UNSEEN", 1)
    assert sent(event, owner).is_released
    SubscriptionFactory(event=event)
    announcement = sent(event, owner)
    assert (announcement.state, announcement.review, mails(announcement).count()) == (State.IN_REVIEW, "many", 0)
    trust(owner, event)
    assert sent(event, owner).is_released


def test_a_listed_word_is_read_first_and_its_writer_is_not_told_why(
    room: Client, event: Event, owner: User, follower: Any
) -> None:
    trust(owner, event)
    BlockedTerm.objects.create(kind=BlockedTerm.Kind.WORD, value="casino")
    announcement = sent(event, owner, other_texts='{"pl": {"subject": "x", "text": "Casino!"}}')
    assert (announcement.state, announcement.review) == (State.IN_REVIEW, "listed")
    page = room.get(path(event, announcement)).content.decode()
    assert "The moderators read it before it is sent." in page
    assert "listed" not in page
    announcing.stop(announcement, by=owner)
    announcement.refresh_from_db()
    assert (announcement.state, announcement.review) == (State.DRAFT, "")


def test_drafts_are_limited(event: Event, owner: User) -> None:
    for _n in range(announcing.MOST_DRAFTS):
        announcing.draft(event, TEXTS, key=uuid.uuid4(), by=owner)
    with pytest.raises(Refused):
        announcing.draft(event, TEXTS, key=uuid.uuid4(), by=owner)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_not_both_take_the_last_of_the_day() -> None:
    event = EventFactory()
    SubscriptionFactory(event=event)
    people = [OrganiserFactory(event=event).user, OrganiserFactory(event=event, role="co_organiser").user]
    sent(event, people[0])
    drafts = [AnnouncementFactory(event=event) for _person in people]
    results = at_once(
        *[
            lambda draft=draft, by=by: announcing.send(draft, version=1, by=by)
            for draft, by in zip(drafts, people, strict=True)
        ]
    )
    assert sum(isinstance(one, Refused) for one in results) == 1
    assert Announcement.objects.filter(state="released").count() == 2
