"""One decision on many submissions: each leaves what a single one would leave."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry
from events.actions import Refused
from events.models import Decision, DecisionReason, Revision
from moderation import bulk
from moderation.models import Claim
from outbox.models import Delivery
from tests.factories import (
    EventFactory,
    OrganiserFactory,
    RevisionFactory,
    UserFactory,
)
from tests.moderation.queue.room import many

pytestmark = pytest.mark.django_db


def submission(**values):
    revision = RevisionFactory(**values)
    OrganiserFactory(event=revision.event, user=revision.author)
    return revision


def said(response):
    return [str(message) for message in response.context["messages"]]


def states():
    return list(Revision.objects.order_by("pk").values_list("state", flat=True))


class TestTicked:
    @pytest.mark.parametrize(("verb", "state"), [("reject", "rejected"), ("request_changes", "changes_requested")])
    def test_ones_are_decided_with_the_same_words_and_each_has_its_decision(self, room, verb, state):
        pks = [submission().pk for _n in range(3)]
        data = {"pk": pks[:2], "verb": verb, "reason": "Because.", "tab": "waiting", "country": "PL"}
        response = room.post("/moderation/bulk/", data, follow=True)
        assert response.redirect_chain == [("/moderation/?tab=waiting&country=PL", 302)]
        assert said(response) == ["Done with 2 submissions."]
        assert states() == [state, state, "pending"]
        assert [(decision.verb, decision.reason.text) for decision in Decision.objects.all()] == [
            (verb, "Because.")
        ] * 2
        assert Delivery.objects.filter(letter=f"decision_{verb}").count() == 2

    def test_ones_that_cannot_be_decided_are_named_with_the_reason(self, room, moderator):
        own = submission(title="My own", author=moderator)
        other = submission()
        response = room.post(
            "/moderation/bulk/", {"pk": [own.pk, other.pk], "verb": "reject", "reason": "No."}, follow=True
        )
        assert said(response) == [
            "Done with 1 submission.",
            "Not done: My own. You organise this protest yourself: another moderator has to decide.",
        ]
        assert states() == ["pending", "rejected"]

    def test_ones_in_quarantine_are_put_into_the_queue(self, room):
        revision = submission(quarantine="flood")
        room.post("/moderation/bulk/", {"pk": [revision.pk], "verb": "release", "tab": "quarantined"})
        assert list(Revision.objects.in_queue()) == [revision]
        assert AuditEntry.objects.get(verb="released from quarantine").codes == {"cause": "flood"}

    @pytest.mark.parametrize(
        ("data", "answer"),
        [
            ({}, "Tick at least one submission."),
            ({"pk": ["x", "-1", "9" * 30, "\0"]}, "Tick at least one submission."),
            ({"pk": ["this"]}, "Choose what to do with it."),
            ({"pk": ["this"], "verb": "approve"}, "Choose what to do with it."),
            ({"pk": ["this"], "verb": "reject"}, "Say why: the organisers get your words by mail."),
        ],
    )
    def test_that_makes_no_sense_does_nothing_and_says_so(self, room, data, answer):
        revision = submission()
        ticked = [str(revision.pk) if pk == "this" else pk for pk in data.get("pk", [])]
        response = room.post("/moderation/bulk/", {**data, "pk": ticked})
        assert (response.status_code, response.context["refusal"]) == (200, answer)
        assert states() == ["pending"]

    @pytest.mark.parametrize("reason", ["x" * 2001, "canary words\0"])
    def test_that_cannot_be_done_keep_what_was_typed_and_ticked(self, room, reason):
        revision = submission()
        page = room.post("/moderation/bulk/", {"pk": [revision.pk], "verb": "reject", "reason": reason})
        assert page.status_code == 200
        assert f'value="{revision.pk}" checked' in page.content.decode()
        assert reason.replace("\0", "") in page.content.decode().replace("\0", "")
        assert states() == ["pending"]

    def test_ones_of_one_account_are_no_flood_of_mail(self, room):
        author = UserFactory()
        pks = [submission(author=author, quarantine="flood").pk for _n in range(12)]
        room.post("/moderation/bulk/", {"pk": pks, "verb": "reject", "reason": "No.", "tab": "quarantined"})
        assert states() == ["rejected"] * 12
        assert Delivery.objects.filter(letter="decision_reject").count() == 10

    def test_a_second_press_is_harmless(self, room):
        data = {"pk": [submission().pk], "verb": "reject", "reason": "No."}
        for _press in range(2):
            room.post("/moderation/bulk/", data)
        assert Decision.objects.count() == 1

    @pytest.mark.parametrize("address", ["bulk/", "bulk/alike/"])
    def test_is_not_for_looking(self, room, address):
        assert room.get(f"/moderation/{address}").status_code == 405


class TestAlike:
    def test_rejects_what_the_filters_show_of_the_quarantine_and_nothing_else(self, room):
        submission(title="Buy pills", quarantine="word")
        submission(title="Buy pills", quarantine="word", state="withdrawn")
        submission(title="Real", quarantine="word")
        submission(title="Buy pills")
        submission(title="Buy pills", quarantine="word", country="DE")
        response = room.post(
            "/moderation/bulk/alike/", {"q": "pills", "reason": "Advertising.", "tab": "quarantined"}, follow=True
        )
        assert said(response) == ["Done with 1 submission."]
        assert states() == ["rejected", "withdrawn", "pending", "pending", "pending"]

    def test_needs_a_reason(self, room):
        submission(quarantine="word")
        response = room.post("/moderation/bulk/alike/", {"reason": " ", "tab": "quarantined"})
        assert (response.status_code, response.context["refusal"]) == (
            200,
            "Say why: the organisers get your words by mail.",
        )
        assert states() == ["pending"]

    @pytest.mark.parametrize("reason", ["x" * 2001, "a\0b"])
    def test_refuses_words_that_nobody_can_mail(self, room, reason):
        submission(quarantine="word")
        assert room.post("/moderation/bulk/alike/", {"reason": reason}).status_code == 200
        assert states() == ["pending"]


class TestRejectMany:
    def test_leaves_what_a_single_rejection_leaves(self, moderator):
        revisions = [submission() for _n in range(2)]
        assert bulk.reject_many(revisions, by=moderator, reason=" Advertising. ") == 2
        made = list(Decision.objects.order_by("pk"))
        assert [(one.verb, one.actor_id, one.revision_id) for one in made] == [
            ("reject", moderator.actor_id, revision.pk) for revision in revisions
        ]
        assert list(DecisionReason.objects.values_list("text", flat=True)) == ["Advertising."] * 2
        assert sorted(Delivery.objects.values_list("key", flat=True)) == sorted(
            f"decision:{one.pk}:{one.revision.author.recipient_id}" for one in made
        )
        trail = AuditEntry.objects.filter(verb="decision: reject").order_by("pk")
        assert [(line.object_id, line.codes) for line in trail] == [
            (one.revision_id, {"decision": one.pk}) for one in made
        ]
        assert all(revision.decided_at for revision in Revision.objects.all())

    def test_passes_over_own_ones_those_at_work_on_and_those_decided(self, moderator):
        own, taken, decided = submission(author=moderator), submission(), submission(state="withdrawn")
        Claim.objects.create(event=taken.event, user=UserFactory(), until=timezone.now() + dt.timedelta(minutes=5))
        assert bulk.reject_many([own, taken, decided], by=moderator, reason="No.") == 0
        assert states() == ["pending", "pending", "withdrawn"]

    def test_leaves_a_public_protest_as_it_was(self, moderator):
        edit = RevisionFactory(event=EventFactory(), number=2, title="Other")
        assert bulk.reject_many([edit], by=moderator, reason="No.") == 1
        edit.event.refresh_from_db()
        assert (edit.event.state, edit.event.title) == ("published", "March for freedom of movement")

    def test_says_no_without_a_reason(self, moderator):
        with pytest.raises(Refused):
            bulk.reject_many([submission()], by=moderator, reason="  ")

    def test_takes_as_many_statements_for_a_thousand_as_for_one(self, moderator):
        many(bulk.AT_ONCE + 1, quarantine="flood")
        some = list(Revision.objects.order_by("pk"))
        with CaptureQueriesContext(connection) as one:
            bulk.reject_many(some[-1:], by=moderator, reason="No.")
        with CaptureQueriesContext(connection) as thousand:
            assert bulk.reject_many(some[:-1], by=moderator, reason="No.") == bulk.AT_ONCE
        # The trail and the mails go in batches of some hundreds.
        assert len(thousand) <= len(one) + 10
