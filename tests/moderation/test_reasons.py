"""Ready-made reasons: loading them, editing them, and putting them in front of one's own words."""

import json

import pytest
from django.conf import settings
from django.core.management import call_command
from django.template.defaultfilters import escape
from django.test import override_settings

from accounts.models import AuditEntry, User
from events.models import DecisionReason
from moderation.forms import REASON_LENGTH, EventDecisionForm, RevisionDecisionForm
from moderation.models import ReasonTemplate
from tests.factories import (
    CampaignCountryFactory,
    CoordinatorFactory,
    EventFactory,
    OrganiserFactory,
    RevisionFactory,
    UserFactory,
)
from tests.log_in import log_in

pytestmark = pytest.mark.django_db
ADMIN = "/admin/moderation/reasontemplate/"
LANGUAGES = {code for code, _name in settings.LANGUAGES}


@pytest.fixture
def loaded():
    call_command("load_reason_templates")


@pytest.fixture
def room(client):
    CampaignCountryFactory()
    log_in(client, CoordinatorFactory(country="PL").user)
    return client


def submission(language):
    revision = RevisionFactory(author__language=language)
    OrganiserFactory(event=revision.event, user=revision.author)
    return revision


def words(name, language):
    return ReasonTemplate.objects.get(name=name, language=language)


class TestData:
    def test_each_reason_is_there_in_every_language_and_fits(self):
        reasons = json.loads((settings.DATA_DIR / "reason_templates.json").read_text("utf-8"))
        offered = {*RevisionDecisionForm.verbs, *EventDecisionForm.verbs}
        for position, reason in enumerate(reasons):
            assert set(reason["words"]) == LANGUAGES
            assert reason["verb"] in offered
            for language, said in reason["words"].items():
                ReasonTemplate(
                    verb=reason["verb"], name=reason["name"], position=position, language=language, **said
                ).full_clean()

    def test_loading_again_keeps_what_admins_made_of_it(self, loaded):
        count = ReasonTemplate.objects.count()
        ReasonTemplate.objects.filter(name="hate", language="de").update(title="Ours")
        call_command("load_reason_templates")
        assert ReasonTemplate.objects.count() == count
        assert words("hate", "de").title == "Ours"


class TestOffer:
    @override_settings(COMPLETE_LANGUAGES=["en", "fi"])
    def test_titles_are_the_moderators_and_texts_the_organisers(self, room, loaded):
        User.objects.filter(coordinator_of__country="PL").update(language="fi")
        page = room.get(f"/moderation/{submission('pl').pk}/").content.decode()
        polish, finnish = words("exact-place", "pl"), words("exact-place", "fi")
        option = f'<option value="{polish.pk}" data-text="{escape(polish.text)}">{finnish.title}</option>'
        assert option in page
        assert "· puola" in page

    def test_english_stands_in_and_is_named(self, room, loaded):
        ReasonTemplate.objects.filter(name="hate", language="pl").delete()
        groups = room.get(f"/moderation/{submission('pl').pk}/").context["ready"]
        assert [(group.verb, group.language) for group in groups] == [
            ("request_changes", "pl"),
            ("reject", "pl"),
            ("reject", "en"),
        ]
        assert [reason.pk for reason in groups[-1].reasons] == [words("hate", "en").pk]

    def test_without_an_account_behind_it_they_are_english(self, room, loaded):
        revision = submission("pl")
        revision.author = None
        revision.save(update_fields=["author"])
        assert {group.language for group in room.get(f"/moderation/{revision.pk}/").context["ready"]} == {"en"}

    def test_without_templates_there_is_nothing_to_choose(self, room):
        assert "data-insert" not in room.get(f"/moderation/{submission('pl').pk}/").content.decode()

    def test_those_for_hiding_stand_on_the_page_of_a_public_protest(self, room, loaded):
        event = OrganiserFactory(user__language="de", event=EventFactory(published_at="2027-01-01T00:00Z")).event
        [group] = room.get(f"/moderation/protests/{event.public_id}/").context["ready"]
        assert (group.verb, group.language) == ("hide", "de")
        sent = {"insert": "1", "ready": group.reasons[0].pk, "reason": "Mine."}
        page = room.post(f"/moderation/protests/{event.public_id}/decide/", sent)
        assert page.context["form"]["reason"].value() == f"{group.reasons[0].text}\n\nMine."


class TestInsert:
    def insert(self, room, revision, **sent):
        return room.post(f"/moderation/{revision.pk}/decide/", {"insert": "1", **sent})

    def test_puts_the_text_in_front_of_what_was_typed_and_decides_nothing(self, room, loaded):
        revision, ready = submission("uk"), words("link", "uk")
        page = self.insert(room, revision, ready=ready.pk, reason="Own words.  <b>")
        assert page.status_code == 200
        assert page.context["form"]["reason"].value() == f"{ready.text}\n\nOwn words.  <b>"
        revision.refresh_from_db()
        assert revision.is_pending
        assert not page.context["form"].errors

    @pytest.mark.parametrize("chosen", ["", "0", "-1", "x", "9" * 30, "²"])
    def test_of_nothing_loses_nothing(self, room, loaded, chosen):
        page = self.insert(room, submission("uk"), ready=chosen, reason="Own words.")
        assert page.context["form"]["reason"].value() == "Own words."

    def test_keeps_words_that_are_too_long_together(self, room, loaded):
        revision, own = submission("en"), "x" * REASON_LENGTH
        page = self.insert(room, revision, ready=words("link", "en").pk, reason=own)
        typed = page.context["form"]["reason"].value()
        assert typed.endswith(own)
        again = room.post(f"/moderation/{revision.pk}/decide/", {"verb": "reject", "reason": typed})
        assert again.context["form"].errors
        assert typed[:50] in again.content.decode()

    def test_keeps_the_words_when_somebody_else_was_faster(self, room, loaded):
        revision = submission("en")
        type(revision).objects.filter(pk=revision.pk).update(state="rejected", decided_at=revision.submitted_at)
        assert "Own words." in self.insert(room, revision, reason="Own words.").content.decode()

    def test_words_go_out_as_they_stand_in_the_field(self, room, loaded):
        revision = submission("nl")
        page = self.insert(room, revision, ready=words("hate", "nl").pk, reason="Own.")
        typed = page.context["form"]["reason"].value()
        room.post(f"/moderation/{revision.pk}/decide/", {"verb": "reject", "reason": typed})
        assert DecisionReason.objects.get().text == typed


class TestAdmin:
    @pytest.fixture
    def boss(self, client):
        log_in(client, UserFactory(is_superuser=True))
        return client

    def test_makes_edits_and_deletes_and_leaves_a_trail(self, boss):
        new = {"verb": "reject", "name": "ours", "language": "en", "title": "T", "text": "Words.", "position": 5}
        assert boss.post(f"{ADMIN}add/", new).status_code == 302
        template = ReasonTemplate.objects.get()
        boss.post(f"{ADMIN}{template.pk}/change/", {**new, "title": "Other"})
        assert boss.get(f"{ADMIN}?q=words").context["cl"].result_count == 1
        assert ReasonTemplate.objects.get().title == "Other"
        boss.post(ADMIN, {"action": "delete_selected", "_selected_action": [template.pk], "post": "yes"})
        assert not ReasonTemplate.objects.exists()
        trail = AuditEntry.objects.order_by("pk").values_list("verb", flat=True)
        assert list(trail) == [f"ready-made reason {what}" for what in ("made", "edited", "deleted")]

    def test_refuses_a_second_text_in_one_language_and_verbs_without_a_button(self, boss, loaded):
        count = ReasonTemplate.objects.count()
        new = {"verb": "reject", "name": "hate", "language": "en", "title": "T", "text": "Words.", "position": 5}
        for wrong in (new, {**new, "name": "other", "verb": "merge"}):
            assert boss.post(f"{ADMIN}add/", wrong).status_code == 200
        assert ReasonTemplate.objects.count() == count
