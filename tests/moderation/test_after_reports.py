"""Reports on protests that are over: who decides, what the public sees then, and two who decide at once."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import AuditEntry, User
from events.actions import Refused
from events.models import AfterReport, Event, Organiser, Picture, SiteStamp
from moderation.after_reports import publish_report, request_report_changes, take_report_down
from outbox.models import Delivery
from tests.at_once import at_once
from tests.factories import (
    AfterReportFactory,
    CoordinatorFactory,
    EventFactory,
    OrganiserFactory,
    PictureFactory,
    UserFactory,
)
from tests.log_in import log_in
from tests.reminders.conftest import Mail

pytestmark = pytest.mark.django_db
QUEUE = "/moderation/after-reports/"
LONG_BEFORE = datetime(2027, 1, 15, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _morning_after() -> Iterator[None]:
    with time_machine.travel(datetime(2027, 10, 12, 9, tzinfo=UTC), tick=False):
        yield


def waiting(**values: Any) -> AfterReport:
    return AfterReportFactory(event=EventFactory(created_at=LONG_BEFORE), **values)


def moderator(**values: Any) -> User:
    return CoordinatorFactory(**values).user


def browser(user: User) -> Client:
    client = Client()
    log_in(client, user)
    return client


def decide(report: AfterReport, verb: str, *, by: User | None = None, **data: Any) -> Any:
    data = {"verb": verb, "number": report.number, "reason": "", **data}
    return browser(by or moderator()).post(f"{QUEUE}{report.pk}/", data)


def page_of(event: Event) -> str:
    return Client().get(event.get_absolute_url()).content.decode()


def test_it_is_published_as_it_was_read() -> None:
    picture = PictureFactory()
    report = waiting(pictures=[picture], links=["https://www.press.example/a"], language="pl")
    me = moderator()
    before = page_of(report.event)
    assert "Afterwards" not in before
    queue = browser(me).get(QUEUE).content.decode()
    for shown in ("Between 300 and 400 people", "<em>sang</em>", 'alt="Picture 1"', "(press.example)"):
        assert shown in queue
        assert shown not in before
    assert f"/moderation/pictures/{picture.key}/480.webp" in queue
    stamp = SiteStamp.objects.current()
    assert decide(report, "publish", by=me).status_code == 302
    assert SiteStamp.objects.current() == stamp + 1
    page = page_of(report.event)
    for shown in ("Between 300 and 400 people", "<em>sang</em>", 'alt="Picture 1" lang="pl"', "(press.example)"):
        assert shown in page
    assert 'dir="auto" lang="pl"' in page
    assert 'loading="lazy"' in page
    assert 'rel="nofollow noopener" href="https://www.press.example/a"' in page
    assert Client().get(f"/pictures/{picture.key}/480.webp").status_code == 200
    entry = AuditEntry.objects.get(verb="after-report published")
    assert (entry.actor_id, entry.codes) == (me.actor_id, {"number": 1})


def test_another_country_does_not_exist() -> None:
    report = waiting(pictures=[PictureFactory()])
    german = moderator(country="DE")
    assert "We walked" not in browser(german).get(QUEUE).content.decode()
    assert decide(report, "publish", by=german).status_code == 404
    assert browser(german).get(f"/moderation/pictures/{Picture.objects.get().key}/480.webp").status_code == 404
    assert browser(moderator()).get(f"{QUEUE}{report.pk}/").status_code == 405


def test_a_draft_and_its_pictures_are_its_authors_alone() -> None:
    report = waiting(state="draft", number=0, pictures=[PictureFactory()])
    me = moderator()
    assert "We walked" not in browser(me).get(QUEUE).content.decode()
    assert decide(report, "publish", by=me).status_code == 404
    assert browser(me).get(f"/moderation/pictures/{Picture.objects.get().key}/480.webp").status_code == 404


@pytest.mark.parametrize(
    ("verb", "state", "subject"),
    [
        ("publish", "published", "Your report is public: March for freedom of movement"),
        ("request_changes", "changes_requested", "Your report needs a change: March for freedom of movement"),
        ("refuse", "refused", "Your report is not published: March for freedom of movement"),
        ("take_down", "taken_down", "Your report was taken down: March for freedom of movement"),
    ],
)
def test_those_who_run_it_read_what_was_decided(
    verb: str, state: str, subject: str, delivered: Callable[[], list[Mail]]
) -> None:
    report = waiting(state="published" if verb == "take_down" else "pending")
    OrganiserFactory(event=report.event)
    OrganiserFactory(event=report.event, role=Organiser.Role.HELPER)
    assert decide(report, verb, reason="" if verb == "publish" else "A face & a name").status_code == 302
    report.refresh_from_db()
    assert report.state == state
    (mail,) = delivered()
    assert mail.subject == subject
    assert ("A face & a name" in mail.text) == (verb != "publish")
    page = Client().get(mail.link("organise/report")).content.decode()
    assert ("A face &amp; a name" in page) == (verb != "publish")


def test_a_letter_that_is_not_true_any_more_is_dropped(delivered: Callable[[], list[Mail]]) -> None:
    report = waiting()
    OrganiserFactory(event=report.event)
    publish_report(report, by=moderator(), number=1)
    take_report_down(report, by=moderator(country=""), number=1, reason="A face")
    assert [mail.subject for mail in delivered()] == ["Your report was taken down: March for freedom of movement"]
    assert Delivery.objects.filter(reason="report changed").count() == 1


@pytest.mark.parametrize("verb", ["request_changes", "refuse", "take_down"])
def test_without_words_nothing_is_turned_down(verb: str) -> None:
    report = waiting(state="published" if verb == "take_down" else "pending")
    state = report.state
    answer = decide(report, verb, reason=" \n")
    assert answer.status_code == 409
    assert "Say why: the organisers get your words by mail." in answer.content.decode()
    report.refresh_from_db()
    assert report.state == state


@pytest.mark.parametrize("verb", ["", "delete", "published"])
def test_an_unknown_verb_decides_nothing(verb: str) -> None:
    report = waiting()
    answer = decide(report, verb, reason="Kept words")
    assert "Choose what to do with it." in answer.content.decode()
    assert "Kept words" in answer.content.decode()
    report.refresh_from_db()
    assert report.is_pending


# from state, verb -> state or refused
MOVES = {
    ("pending", "publish"): "published",
    ("pending", "request_changes"): "changes_requested",
    ("pending", "refuse"): "refused",
    ("published", "take_down"): "taken_down",
    ("taken_down", "publish"): "published",
}
VERBS = ["publish", "request_changes", "refuse", "take_down"]
STATES = ["pending", "changes_requested", "refused", "published", "taken_down", "draft"]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", VERBS)
def test_what_can_be_done_from_where(state: str, verb: str) -> None:
    report = waiting(state=state)
    answer = decide(report, verb, reason="Why not")
    report.refresh_from_db()
    assert (answer.status_code, report.state) == ((302, MOVES[state, verb]) if (state, verb) in MOVES else (409, state))


def test_deciding_on_one_version_never_publishes_the_next() -> None:
    """R8: the organisers send another text while a moderator reads the first."""
    report = waiting(number=1)
    AfterReport.objects.filter(pk=report.pk).update(number=2, text="Bait and switch")
    answer = decide(report, "publish")
    assert answer.status_code == 409
    assert "changed meanwhile" in answer.content.decode()
    assert "Afterwards" not in page_of(report.event)


def test_a_change_replaces_what_is_public_only_when_it_is_published() -> None:
    event = EventFactory(created_at=LONG_BEFORE)
    old, new = PictureFactory(), PictureFactory()
    AfterReportFactory(event=event, state="published", pictures=[old])
    change = AfterReportFactory(event=event, number=2, text="Another text", pictures=[new])
    assert "Another text" not in page_of(event)
    assert Client().get(f"/pictures/{new.key}/480.webp").status_code == 404
    publish_report(change, by=moderator(), number=2)
    assert "Another text" in page_of(event)
    assert [Client().get(f"/pictures/{one.key}/480.webp").status_code for one in (old, new)] == [404, 200]
    assert AfterReport.objects.get() == change


@pytest.mark.parametrize(("state", "says"), [("waiting", "is still being prepared"), ("refused", "could not be kept")])
def test_a_picture_that_nobody_could_see_blocks_publishing(state: str, says: str) -> None:
    gone = {"refusal": "unreadable"} if state == "refused" else {}
    report = waiting(pictures=[PictureFactory(state=state, width=0, height=0, **gone)])
    answer = decide(report, "publish")
    assert answer.status_code == 409
    assert says in answer.content.decode()


def test_nobody_decides_on_a_report_of_their_own() -> None:
    report, me = waiting(), moderator()
    OrganiserFactory(event=report.event, user=me)
    assert "You organise this protest yourself" in decide(report, "publish", by=me).content.decode()


@pytest.mark.parametrize("state", ["cancelled", "hidden"])
def test_of_a_protest_that_is_not_public_nothing_is_published(state: str) -> None:
    report = waiting()
    Event.objects.filter(pk=report.event_id).update(state=state)
    assert "The protest itself is not public." in decide(report, "publish").content.decode()


def test_a_hidden_protest_hides_the_pictures_of_its_report() -> None:
    picture = PictureFactory()
    report = waiting(state="published", pictures=[picture])
    assert Client().get(f"/pictures/{picture.key}/480.webp").status_code == 200
    Event.objects.filter(pk=report.event_id).update(state="hidden")
    assert Client().get(f"/pictures/{picture.key}/480.webp").status_code == 404


def test_what_was_taken_down_comes_back_unless_a_newer_one_is_public() -> None:
    report = waiting(state="published")
    take_report_down(report, by=moderator(), number=1, reason="A face")
    assert "Afterwards" not in page_of(report.event)
    assert "A face" in browser(moderator(country="")).get(QUEUE).content.decode()
    newer = AfterReportFactory(event=report.event, state="published", number=2)
    assert (
        "A newer report on this protest is public."
        in decide(report, "publish", by=UserFactory(is_superuser=True)).content.decode()
    )
    newer.delete()
    assert decide(report, "publish", by=UserFactory(is_superuser=True)).status_code == 302
    assert "Afterwards" in page_of(report.event)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told() -> None:
    report = waiting()
    OrganiserFactory(event=report.event)
    people = [moderator(), moderator(country="")]
    results = at_once(
        lambda: publish_report(AfterReport.objects.get(pk=report.pk), by=people[0], number=1),
        lambda: request_report_changes(AfterReport.objects.get(pk=report.pk), by=people[1], number=1, reason="A face"),
    )
    report.refresh_from_db()
    told = [isinstance(result, Refused) for result in results]
    assert sorted(told) == [False, True]
    assert report.state == ("published", "changes_requested")[told.index(False)]
    assert Delivery.objects.count() == 1


def test_the_one_who_is_too_late_keeps_the_words() -> None:
    report = waiting()
    publish_report(report, by=moderator(), number=1)
    late = decide(report, "refuse", by=moderator(country=""), reason="Words that took a while")
    assert late.status_code == 409
    assert "decided on or changed meanwhile" in late.content.decode()
    assert "Words that took a while" in late.content.decode()


@pytest.mark.parametrize("reports", [1, 3])
def test_the_list_asks_as_much_however_many_there_are(reports: int, django_assert_num_queries: Any) -> None:
    for _ in range(reports):
        waiting(pictures=[PictureFactory(), PictureFactory()])
        waiting(state="published", pictures=[PictureFactory()])
    client = browser(moderator())
    client.get(QUEUE)
    with django_assert_num_queries(8):
        client.get(QUEUE)


def test_what_is_typed_runs_nowhere() -> None:
    """R1, R22: in text, descriptions, links and reasons."""
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)> [a](javascript:alert(1))'
    picture = PictureFactory()
    report = waiting(
        text=evil, reason=evil, links=['https://a.example/"><script>alert(1)</script>'], pictures=[picture]
    )
    report.pictures.update(alt=evil)
    organiser = OrganiserFactory(event=report.event).user
    room = Client()
    room.force_login(organiser)
    pages = [browser(moderator()).get(QUEUE), room.get(f"/organise/{report.event.public_id}/report/")]
    publish_report(report, by=moderator(country=""), number=1)
    pages += [Client().get(report.event.get_absolute_url())]
    for page in pages:
        text = page.content.decode()
        assert "alert(1)" in text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert 'href="javascript:' not in text
