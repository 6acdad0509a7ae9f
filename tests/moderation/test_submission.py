"""The page of a submission: what it shows beside the fields, and the pages that lead from it."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.models import Decision, DecisionReason, Event, EventMessage, Revision, Trust
from events.models.report import Report
from tests.factories import (
    WEEKS_BEFORE,
    EventFactory,
    OrganiserFactory,
    RevisionFactory,
    UserFactory,
)
from tests.moderation.conftest import text_of

pytestmark = pytest.mark.django_db
LATER = WEEKS_BEFORE + dt.timedelta(hours=3)


@pytest.fixture(autouse=True)
def _hours_later():
    with time_machine.travel(LATER, tick=False):
        yield


def submission(**values):
    revision = RevisionFactory(**{"submitted_at": WEEKS_BEFORE, **values})
    OrganiserFactory(event=revision.event, user=revision.author)
    return revision


class TestFields:
    def test_of_an_edit_that_stay_are_folded_away(self, room):
        event = EventFactory()
        page = room.get(f"/moderation/{submission(event=event, number=2, title='Another title').pk}/")
        assert [str(line.label) for line in page.context["changed"]] == ["Title"]
        assert "Title" not in [str(line.label) for line in page.context["lines"]]
        assert f"{len(page.context['lines'])} fields stay as they are" in text_of(page)

    def test_of_an_edit_without_a_difference(self, room):
        event = EventFactory()
        assert "Nothing differs from what is public." in text_of(
            room.get(f"/moderation/{submission(event=event, number=2).pk}/")
        )

    def test_of_a_version_sent_again_show_what_is_new(self, room):
        first = submission(state="superseded")
        second = RevisionFactory(event=first.event, author=first.author, number=2, title="Said better")
        page = room.get(f"/moderation/{second.pk}/")
        shown = text_of(page)
        assert "A new protest, sent again" in shown
        assert "Changed since version 1" in shown
        assert [str(line.label) for line in page.context["changed"]] == ["Title"]


class TestReading:
    def test_shows_markdown_as_it_will_look_with_the_hosts_of_links(self, room):
        revision = submission(description="**Come** to [our page](https://evil.example/x)")
        shown = text_of(room.get(f"/moderation/{revision.pk}/"))
        assert "<strong>Come</strong>" in shown
        assert "our page</a> (evil.example)" in shown
        assert "**Come** to [our page](https://evil.example/x)" in shown

    def test_links_to_a_preview_in_each_language_of_the_text_and_in_the_reader_s(self, room):
        revision = submission(language="pl", translations={"de": {"title": "Demo"}, "ka": {"title": "დემო"}})
        page = room.get(f"/moderation/{revision.pk}/")
        assert page.context["page_languages"] == ["pl", "de", "en"]


class TestPreview:
    def test_shows_what_the_public_would_see(self, room):
        revision = submission(
            title="Marsz", language="pl", translations={"de": {"title": "Ein Marsch", "description": "*Los!*"}},
            disclosure="followers",
        )  # fmt: skip
        page = room.get(f"/moderation/{revision.pk}/preview/de/")
        shown = text_of(page)
        assert '<html lang="de"' in shown
        assert "Ein Marsch" in shown
        assert "<em>Los!</em>" in shown
        assert "Plac Zamkowy" not in shown
        assert '<meta name="robots" content="noindex">' in shown
        assert page["Cache-Control"] == "private, no-store"

    def test_of_an_edit_shows_the_edit_and_changes_nothing(self, room):
        event = EventFactory(title="As it is")
        revision = submission(event=event, number=2, title="As it will be")
        shown = text_of(room.get(f"/moderation/{revision.pk}/preview/en/"))
        assert "As it will be</h1>" in shown
        event.refresh_from_db()
        assert event.title == "As it is"

    def test_has_nothing_that_acts(self, room):
        revision = submission()
        shown = text_of(room.get(f"/moderation/{revision.pk}/preview/en/"))
        for part in ("<form", "/reminders/", ".ics", "/report/", "data-share", "<script", "webcal"):
            assert part not in shown

    @pytest.mark.parametrize("language", ["xx", "ka", "EN"])
    def test_is_there_in_the_languages_of_the_site_only(self, room, language):
        assert room.get(f"/moderation/{submission().pk}/preview/{language}/").status_code == 404

    def test_of_another_country_is_not_there(self, room):
        assert room.get(f"/moderation/{submission(country='DE').pk}/preview/en/").status_code == 404


class TestWhereabouts:
    def test_say_how_far_the_position_is_and_link_to_a_map(self, room):
        revision = submission(lat="52.24700", lon="21.01300")
        page = room.get(f"/moderation/{revision.pk}/")
        assert "The cross is the position given, 1.9 km from the middle of Warszawa." in text_of(page)
        assert (
            'rel="noopener noreferrer" href="https://www.openstreetmap.org/?mlat=52.24700&amp;mlon=21.01300'
            in text_of(page)
        )
        assert "map__cross" in text_of(page)

    def test_without_a_position_say_so(self, room):
        shown = text_of(room.get(f"/moderation/{submission().pk}/"))
        assert "No exact position is given: the dot is the city." in shown
        assert "map__cross" not in shown


class TestSender:
    def test_is_known_by_submissions_trust_protests_and_reports(self, room, moderator):
        revision = submission()
        other = OrganiserFactory(user=revision.author, event__title="Their other one").event
        OrganiserFactory(
            user=revision.author, event=EventFactory(title="Elsewhere", country="DE", day=dt.date(2027, 10, 13))
        )
        RevisionFactory(author=revision.author, state="rejected")
        Trust.objects.create(
            user=revision.author,
            campaign=other.campaign,
            country="PL",
            since=WEEKS_BEFORE,
            actor_id=moderator.actor_id,
        )
        Report.objects.create(key=uuid.uuid4(), event=other, at=WEEKS_BEFORE, reason="fake", language="en")
        shown = text_of(room.get(f"/moderation/{revision.pk}/"))
        assert "waiting: 1, rejected: 1" in shown
        assert "Their other one" in shown
        assert "Elsewhere" not in shown
        assert "trusted" in shown
        assert "1 report on their protests" in shown


class TestTimeline:
    def test_shows_versions_decisions_and_messages_and_names_nobody(self, room, moderator):
        revision = submission(number=2, event=EventFactory(state="submitted"))
        asked = Decision.objects.create(
            at=WEEKS_BEFORE, verb="request_changes", actor_id=UserFactory().actor_id, event=revision.event
        )
        DecisionReason.objects.create(decision=asked, text="Say more.")
        undone = Decision.objects.create(
            at=WEEKS_BEFORE, verb="reject", actor_id=moderator.actor_id, event=revision.event
        )
        Decision.objects.create(at=LATER, verb="undo", actor_id=moderator.actor_id, event=revision.event, undoes=undone)
        EventMessage.objects.create(
            event=revision.event,
            key=uuid.uuid4(),
            at=LATER,
            actor_id=revision.author.actor_id,
            is_from_moderators=False,
            text="We said more.",
        )
        page = room.get(f"/moderation/{revision.pk}/")
        shown = text_of(page)
        assert "Say more." in shown
        assert "by another moderator" in shown
        assert "We said more." in shown
        assert "by the organisers" in shown
        assert [entry.is_undone for entry in page.context["timeline"] if entry.decision] == [False, True, False]
        assert '<b class="struck">' in shown

    def test_leaves_out_versions_in_other_hands(self, room):
        first = submission(country="DE", state="superseded")
        second = RevisionFactory(event=first.event, author=first.author, number=2)
        entries = room.get(f"/moderation/{second.pk}/").context["timeline"]
        assert [entry.revision.number for entry in entries] == [2]


class TestBeside:
    def test_two_entries_that_look_alike_lead_to_each_other(self, room):
        event = EventFactory(title="March for freedom of movement")
        revision = submission(title="March for the freedom of movement")
        address = f"/moderation/{revision.pk}/beside/{event.public_id}/"
        shown = text_of(room.get(f"/moderation/{revision.pk}/"))
        assert address in shown
        assert "nearly the same words, the same spot, the same hour, the same organisation" in shown
        shown = text_of(room.get(address))
        assert "March for the freedom of movement" in shown
        assert f"/en/protests/{event.public_id}-{event.slug}/" in shown

    def test_asking_is_put_ready_in_the_organisers_language(self, room):
        event = EventFactory(title="Public one")
        revision = submission()
        page = room.get(f"/moderation/{revision.pk}/beside/{event.public_id}/")
        question = page.context["ask"]["reason"].value()
        assert "Public one" in question
        room.post(f"/moderation/{revision.pk}/decide/", {"verb": "request_changes", "reason": question})
        assert DecisionReason.objects.get().text == question.strip()

    def test_what_waits_is_not_told_to_others(self, room):
        other = submission(title="Secret title")
        revision = submission()
        page = room.get(f"/moderation/{revision.pk}/beside/{other.event.public_id}/")
        assert "Secret title" in text_of(page)
        assert "Secret title" not in page.context["ask"]["reason"].value()
        assert 'value="merge"' not in text_of(page)

    @pytest.mark.parametrize("kind", ["elsewhere", "hidden", "itself", "nothing"])
    def test_of_what_one_may_not_see_there_is_no_page(self, room, kind):
        revision = submission()
        public_id = {
            "elsewhere": lambda: submission(country="DE").event.public_id,
            "hidden": lambda: EventFactory(state="hidden").public_id,
            "itself": lambda: revision.event.public_id,
            "nothing": lambda: "zzzzzzzz",
        }[kind]()
        assert room.get(f"/moderation/{revision.pk}/beside/{public_id}/").status_code == 404

    def test_an_edit_that_would_move_it_here_takes_nothing_off_the_list_of_another_country(self, room):
        event = EventFactory(country="DE")
        revision = RevisionFactory(event=event, country="PL", state="rejected")
        address = f"/moderation/{revision.pk}/beside/{EventFactory().public_id}/"
        assert room.post(address, {"verb": "merge", "reason": "Listed already."}).status_code == 404
        assert Event.objects.get(pk=event.pk).state == "published"

    @pytest.mark.parametrize(("country", "is_told"), [("DE", False), ("PL", True)])
    def test_a_place_that_is_not_public_is_told_only_to_those_who_decide_on_it(self, room, country, is_told):
        event = EventFactory(country=country, venue="Secret yard", disclosure="followers")
        page = text_of(room.get(f"/moderation/{submission().pk}/beside/{event.public_id}/"))
        assert ("Secret yard" in page) is is_told


def test_a_decided_version_of_another_countrys_protest_is_not_opened(room):
    """Its page shows the protest as it is now, its place among it."""
    event = EventFactory(country="DE", city=None, place_kind="country", venue="", address="", lat=None, lon=None)
    waiting = submission(event=event, number=2, country="PL")
    path = f"/moderation/{waiting.pk}/"
    assert room.get(path).status_code == 200
    Revision.objects.filter(pk=waiting.pk).update(state="rejected", decided_at=WEEKS_BEFORE)
    assert [room.get(path).status_code, room.post(f"{path}claim/").status_code] == [404, 404]


def test_the_page_costs_the_same_however_much_there_is(room, moderator):
    revision = submission()
    EventFactory()
    with CaptureQueriesContext(connection) as few:
        room.get(f"/moderation/{revision.pk}/")
    for _n in range(3):
        Decision.objects.create(at=LATER, verb="hide", actor_id=UserFactory().actor_id, event=revision.event)
        OrganiserFactory(user=revision.author)
        EventFactory()
    with CaptureQueriesContext(connection) as many:
        room.get(f"/moderation/{revision.pk}/")
    assert len(few) == len(many) == 22
    assert Revision.objects.pending().count() == 1
    assert Event.objects.count() == 8
