"""The moderators' pages: who may enter, what they show, what a press of a button does."""

import datetime as dt

import pytest
import time_machine

from events.models import Decision, DecisionReason, Event, EventChange, Revision
from moderation import actions
from moderation.urls import app_name, urlpatterns
from outbox.models import Delivery
from tests.factories import (
    WEEKS_BEFORE,
    CampaignFactory,
    CoordinatorFactory,
    EventFactory,
    OrganiserFactory,
    RevisionFactory,
    UserFactory,
)
from tests.log_in import log_in
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


# Who reaches which page: a status, the way to the log-in, or "elsewhere" (a moderator, but not of this protest).
ROLES = {
    "anonymous": (lambda revision: None, "login"),
    "organiser of it": (lambda revision: revision.author, 404),
    "organiser of another": (lambda revision: OrganiserFactory().user, 404),
    "coordinator of Germany": (lambda revision: CoordinatorFactory(country="DE").user, "elsewhere"),
    "coordinator of Poland in another edition": (
        lambda revision: (
            CoordinatorFactory(
                country="PL", campaign=CampaignFactory(slug="2028", starts_on="2028-10-11", ends_on="2028-10-13")
            ).user
        ),
        "elsewhere",
    ),
    "blocked coordinator": (lambda revision: CoordinatorFactory(user=UserFactory(is_active=False)).user, "login"),
    "coordinator of Poland": (lambda revision: CoordinatorFactory(country="PL").user, 200),
    "campaign admin": (lambda revision: CoordinatorFactory(admin=True).user, 200),
    "superuser": (lambda revision: UserFactory(is_superuser=True), 200),
}
# Pages about one protest, and pages that every moderator has.
OF_ONE = {"revision", "decide", "protest", "decide_on_protest"}
POSTS = {"decide": "approve", "decide_on_protest": "hide"}


def addresses(revision):
    published = EventFactory(campaign=revision.event.campaign)
    return {
        "queue": "/moderation/",
        "protests": "/moderation/protests/",
        "revision": f"/moderation/{revision.pk}/",
        "decide": f"/moderation/{revision.pk}/decide/",
        "protest": f"/moderation/protests/{published.public_id}/",
        "decide_on_protest": f"/moderation/protests/{published.public_id}/decide/",
    }


# Proved in files of their own.
ELSEWHERE = {
    "account",
    "untrust",
    "reports",
    "decide_on_reports",
    "appoint",
    "people",
    "person",
    "me",
    "picture",
    "next",
    "pulse",
    "bulk",
    "reject_alike",
    "claim",
    "undo",
    "sign_ons",
    "decide_on_sign_on",
    "letters",
    "letter",
    "messages",
    "preview",
    "beside",
    "merge",
    "hand_over",
    "overview",
    "overview_list",
    "decisions_csv",
    "after_reports",
    "announcements",
    "blocked_senders",
    "card",
    "cards",
    "collectives",
    "country_cards",
    "decide_on_after_report",
    "decide_on_announcement",
    "decide_on_collective",
    "reported_letter",
    "reported_letters",
    "rule",
    "rules",
    "unblock_everywhere",
}


def test_the_table_below_covers_every_address_of_the_room():
    assert {pattern.name for pattern in urlpatterns} == set(addresses(submission())) | ELSEWHERE
    assert app_name == "moderation"


@pytest.mark.parametrize("name", ["queue", "protests", "revision", "decide", "protest", "decide_on_protest"])
@pytest.mark.parametrize("role", ROLES)
def test_every_role_at_every_address(client, role, name):
    revision = submission()
    address = addresses(revision)[name]
    person, outcome = ROLES[role][0](revision), ROLES[role][1]
    if person:
        log_in(client, person)
    if name in POSTS:
        response = client.post(address, {"verb": POSTS[name], "reason": "Because."})
    else:
        response = client.get(address)
    if outcome == "elsewhere":
        outcome = 404 if name in OF_ONE else 200
    if outcome == 200 and name in POSTS:
        outcome = 302
    if outcome == "login":
        onward = "%2Faccounts%2Funsent%2F" if name in POSTS else address
        assert (response.status_code, response.url) == (302, f"/accounts/login/?next={onward}")
    else:
        assert response.status_code == outcome
    assert Decision.objects.exists() == (outcome == 302)


@pytest.mark.parametrize("name", POSTS)
def test_decisions_are_never_made_by_get(room, name):
    assert room.get(addresses(submission())[name]).status_code == 405
    assert not Decision.objects.exists()


def test_decisions_need_the_form_s_token(client, moderator):
    client.handler.enforce_csrf_checks = True
    log_in(client, moderator)
    revision = submission()
    assert client.post(f"/moderation/{revision.pk}/decide/", {"verb": "approve"}).status_code == 403
    assert Revision.objects.get().is_pending


@pytest.mark.parametrize("name", ["queue", "protests", "revision", "protest"])
def test_pages_are_kept_by_no_cache(room, name):
    assert "no-store" in room.get(addresses(submission())[name])["Cache-Control"]


class TestSubmission:
    def test_is_shown_as_an_insider_sees_it(self, room):
        revision = submission(
            disclosure="followers", access_notes="Step-free.", note_to_moderators="First time!", spoken_languages=["pl"]
        )
        shown = text_of(room.get(f"/moderation/{revision.pk}/"))
        for part in [
            "Plac Zamkowy 1",
            "14:00",
            "Europe/Warsaw",
            "Step-free.",
            "First time!",
            "Demonstration",
            "Polish",
        ]:
            assert part in shown
        assert "hello@example.org" not in shown

    def test_marks_the_words_that_an_edit_changes(self, room):
        event = EventFactory(title="March from the station to the square")
        revision = submission(event=event, number=2, title="March from the bridge to the square")
        shown = text_of(room.get(f"/moderation/{revision.pk}/"))
        assert "March from the <del>station</del><ins>bridge</ins> to the square" in shown
        assert shown.count(">changed<") == 1

    def test_escapes_what_people_wrote(self, room):
        revision = submission(title="<script>alert(1)</script>", note_to_moderators="<b>hi")
        shown = text_of(room.get(f"/moderation/{revision.pk}/"))
        assert "<script>alert" not in shown
        assert "<b>hi" not in shown

    def test_shows_earlier_decisions_with_their_reasons(self, room):
        revision = submission()
        decision = Decision.objects.create(
            at=WEEKS_BEFORE, verb="request_changes", actor_id=UserFactory().actor_id, event=revision.event
        )
        DecisionReason.objects.create(decision=decision, text="Say more.")
        shown = text_of(room.get(f"/moderation/{revision.pk}/"))
        assert "Say more." in shown
        assert "by another moderator" in shown

    def test_counts_what_came_from_the_same_person(self, room):
        revision = submission()
        RevisionFactory(author=revision.author, state="rejected")
        assert "rejected: 1" in text_of(room.get(f"/moderation/{revision.pk}/"))

    def test_of_an_erased_person_can_still_be_decided(self, room):
        revision = submission()
        Revision.objects.update(author=None)
        assert "This account is gone." in text_of(room.get(f"/moderation/{revision.pk}/"))

    def test_of_one_s_own_has_no_buttons(self, room, moderator):
        revision = submission(author=moderator)
        shown = text_of(room.get(f"/moderation/{revision.pk}/"))
        assert "You organise this protest yourself" in shown
        assert 'name="verb"' not in shown

    @pytest.mark.parametrize(("verb", "state"), [("approve", "approved"), ("reject", "rejected")])
    def test_a_press_decides_and_returns_to_the_queue(self, room, verb, state):
        revision = submission()
        response = room.post(f"/moderation/{revision.pk}/decide/", {"verb": verb, "reason": "Because."}, follow=True)
        assert response.redirect_chain == [("/moderation/", 302)]
        assert f"{state.capitalize()}: March for freedom of movement" in text_of(response)
        assert (Revision.objects.get().state, Decision.objects.get().reason.text) == (state, "Because.")
        assert Delivery.objects.get().letter == f"decision_{verb}"

    @pytest.mark.parametrize("data", [{"verb": "reject"}, {"verb": "request_changes", "reason": "  "}])
    def test_saying_no_without_a_word_is_refused_beside_the_field(self, room, data):
        revision = submission()
        response = room.post(f"/moderation/{revision.pk}/decide/", data)
        assert response.context["form"].errors == {"reason": ["Say why: the organisers get your words by mail."]}
        assert Revision.objects.get().is_pending

    @pytest.mark.parametrize("verb", ["", "publish", "hide", "APPROVE"])
    def test_an_unknown_button_does_nothing_and_keeps_the_words(self, room, verb):
        revision = submission()
        response = room.post(f"/moderation/{revision.pk}/decide/", {"verb": verb, "reason": "Kept words"})
        assert "Choose what to do with it." in text_of(response)
        assert "Kept words</textarea>" in text_of(response)
        assert not Decision.objects.exists()

    def test_a_reason_that_is_too_long_is_kept(self, room):
        revision = submission()
        response = room.post(f"/moderation/{revision.pk}/decide/", {"verb": "reject", "reason": "x" * 2001})
        assert "reason" in response.context["form"].errors
        assert "x" * 2001 in text_of(response)

    def test_who_comes_second_is_told_what_happened_and_keeps_the_words(self, room):
        revision = submission()
        room.get(f"/moderation/{revision.pk}/")
        actions.approve_revision(revision, by=CoordinatorFactory(admin=True).user)
        response = room.post(f"/moderation/{revision.pk}/decide/", {"verb": "reject", "reason": "My words"})
        assert response.status_code == 409
        shown = text_of(response)
        assert "Another moderator has approved this submission already." in shown
        assert "My words</textarea>" in shown
        assert (Revision.objects.get().state, Decision.objects.count()) == ("approved", 1)

    def test_a_second_click_is_harmless(self, room):
        revision = submission()
        for status in (302, 409):
            response = room.post(f"/moderation/{revision.pk}/decide/", {"verb": "approve"})
            assert response.status_code == status
        assert (Decision.objects.count(), EventChange.objects.count(), Delivery.objects.count()) == (1, 1, 1)

    def test_approving_what_was_seen_never_publishes_a_newer_version(self, room):
        seen = submission()
        Revision.objects.update(state="superseded")
        newer = submission(event=seen.event, number=2, title="Bait and switch")
        response = room.post(f"/moderation/{seen.pk}/decide/", {"verb": "approve"})
        assert response.status_code == 409
        assert "sent a newer version" in text_of(response)
        newer.refresh_from_db()
        assert (newer.state, Event.objects.get().state) == ("pending", "submitted")

    def test_an_edit_to_another_country_is_in_the_hands_of_that_one(self, client):
        event = EventFactory(country="PL")
        revision = submission(event=event, number=2, country="DE")
        for country, status in [("PL", 404), ("DE", 200)]:
            log_in(client, CoordinatorFactory(country=country).user)
            assert client.get(f"/moderation/{revision.pk}/").status_code == status


class TestProtest:
    @pytest.mark.parametrize(
        ("before", "verb", "after"), [("published", "hide", "hidden"), ("hidden", "restore", "published")]
    )
    def test_is_hidden_and_restored(self, room, before, verb, after):
        event = EventFactory(state=before)
        response = room.post(
            f"/moderation/protests/{event.public_id}/decide/", {"verb": verb, "reason": "Because."}, follow=True
        )
        assert response.redirect_chain == [(f"/moderation/protests/{event.public_id}/", 302)]
        assert "Because." in text_of(response)
        event.refresh_from_db()
        assert event.state == after

    def test_hiding_twice_tells_that_it_is_hidden(self, room):
        event = EventFactory()
        for status in (302, 409):
            response = room.post(f"/moderation/protests/{event.public_id}/decide/", {"verb": "hide", "reason": "Spam."})
            assert response.status_code == status
        assert "not public any more" in text_of(response)
        assert Decision.objects.count() == 1

    @pytest.mark.parametrize("state", ["submitted", "withdrawn"])
    def test_that_never_was_public_is_not_here(self, room, state):
        event = EventFactory(state=state)
        assert room.get(f"/moderation/protests/{event.public_id}/").status_code == 404

    def test_links_to_a_change_that_waits(self, room):
        event = EventFactory()
        revision = submission(event=event, number=2)
        assert f"/moderation/{revision.pk}/" in text_of(room.get(f"/moderation/protests/{event.public_id}/"))

    def test_is_found_by_text_in_any_accent_and_by_number(self, room):
        event = EventFactory(title="Łańcuch na moście")
        EventFactory(title="Something else")
        EventFactory(title="Łańcuch w Berlinie", country="DE")
        for typed in ("lancuch", event.public_id.upper()):
            assert [found.pk for found in room.get("/moderation/protests/", {"q": typed}).context["events"]] == [
                event.pk
            ]

    def test_list_says_when_nothing_is_found(self, room):
        assert "Nothing found." in text_of(room.get("/moderation/protests/", {"q": "x" * 200}))
