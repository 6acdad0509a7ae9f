"""Roles."""

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEntry
from events.models import Organiser
from organising.actions import invitations, people
from organising.models import Invitation
from organising.tokens import still_on_url
from tests.factories import EventFactory, OrganiserFactory, UserFactory
from tests.organising.people.rooms import CO, HELPER, OWNER, page, path_of, role_of

pytestmark = pytest.mark.django_db


class TestRoles:
    def test_an_owner_changes_a_role_and_the_person_is_told(self, client, event, owner, delivered):
        row = OrganiserFactory(event=event, role=HELPER)
        client.force_login(owner)
        assert client.get(page(event, f"people/{row.pk}/")).status_code == 200
        for _again in range(2):
            client.post(page(event, f"people/{row.pk}/"), {"do": "role", "role": CO})
        assert role_of(event, row.user) == CO
        [letter] = delivered()
        assert (letter.to, "Co-organiser" in letter.text) == (row.user.email, True)
        assert AuditEntry.objects.filter(verb="role changed").count() == 1

    def test_standing_counts_from_when_a_helper_began_to_run_it(self, event, owner, clock):
        row = OrganiserFactory(event=event, role=HELPER)
        clock.shift(dt.timedelta(days=8))
        people.change_role(event, row, CO, by=owner)
        row.refresh_from_db()
        assert row.since == timezone.now()

    def test_an_unknown_role_changes_nothing(self, client, event, owner):
        row = OrganiserFactory(event=event, role=HELPER)
        client.force_login(owner)
        assert client.post(page(event, f"people/{row.pk}/"), {"do": "role", "role": "admin"}).status_code == 200
        assert role_of(event, row.user) == HELPER

    def test_handing_over_makes_another_owner_and_steps_down(self, client, event, owner, delivered):
        row = OrganiserFactory(event=event, role=CO)
        client.force_login(owner)
        client.post(page(event, f"people/{row.pk}/"), {"do": "hand_over"})
        assert (role_of(event, owner), role_of(event, row.user)) == (CO, OWNER)
        assert [letter.to for letter in delivered()] == [row.user.email]
        assert client.get(page(event, f"people/{row.pk}/")).status_code == 403

    def test_the_removed_lose_everything_at_once(self, client, event, owner, delivered):
        row = OrganiserFactory(event=event, role=CO)
        token = still_on_url(row.pk).rstrip("/").rpartition("/")[2]
        client.force_login(row.user)
        assert client.get(page(event, "")).status_code == 200
        people.remove(event, row, by=owner)
        people.remove(event, row, by=owner)
        assert client.get(page(event, "")).status_code == 404
        assert client.get(f"/organise/still-on/{token}/").status_code == 404
        assert [(letter.to, "removed" in letter.text) for letter in delivered()] == [(row.user.email, True)]
        assert AuditEntry.objects.filter(verb="person removed").count() == 1

    def test_the_removed_do_not_come_back_by_a_link_or_mail_they_hold(self, client, event, owner, link, invited):
        row = OrganiserFactory(event=event, role=HELPER)
        invitations.invite_by_mail(event, row.user.email, CO, by=owner)
        elsewhere = OrganiserFactory(event=EventFactory(title="Another")).user
        stays = invitations.invite_by_link(elsewhere.organiser_of.get().event, HELPER, by=elsewhere)
        people.remove(event, row, by=owner)
        assert set(Invitation.objects.living(timezone.now())) == {invited, stays}
        assert AuditEntry.objects.filter(verb="invitation revoked").count() == 2
        client.force_login(row.user)
        assert client.post(path_of(link)).status_code == 404
        assert role_of(event, row.user) is None

    def test_one_mail_waits_however_often_a_role_changes(self, event, owner, delivered):
        row = OrganiserFactory(event=event, role=HELPER)
        for role in (CO, HELPER, CO):
            people.change_role(event, row, role, by=owner)
        [letter] = delivered()
        assert "Co-organiser" in letter.text
        people.change_role(event, row, HELPER, by=owner)
        [letter] = delivered()
        assert "Helper" in letter.text

    @pytest.mark.parametrize("role", [HELPER, CO])
    def test_everybody_may_leave(self, client, event, owner, role):
        row = OrganiserFactory(event=event, role=role)
        client.force_login(row.user)
        assert client.get(page(event, "leave/")).status_code == 200
        assert client.post(page(event, "leave/"))["Location"] == "/organise/"
        assert client.post(page(event, "leave/")).status_code == 404
        assert role_of(event, row.user) is None

    def test_the_last_owner_stays(self, client, event, owner):
        OrganiserFactory(event=event, role=CO)
        OrganiserFactory(event=event, role=OWNER, user=UserFactory(is_active=False))
        row = Organiser.objects.get(user=owner)
        client.force_login(owner)
        assert client.post(page(event, "leave/")).status_code == 409
        assert client.post(page(event, f"people/{row.pk}/"), {"do": "remove"}).status_code == 409
        assert client.post(page(event, f"people/{row.pk}/"), {"do": "role", "role": CO}).status_code == 409
        assert role_of(event, owner) == OWNER

    def test_labels_are_seen_by_those_who_run_it_only(self, client, event, owner):
        row = OrganiserFactory(event=event, role=HELPER)
        client.force_login(owner)
        client.post(page(event, f"people/{row.pk}/"), {"do": "label", "label": "Ania\0 from the\nkitchen"})
        assert "Ania from the kitchen" in client.get(page(event)).content.decode()
        with connection.cursor() as cursor:
            cursor.execute("SELECT label FROM events_organiser WHERE id = %s", [row.pk])
            assert "Ania" not in cursor.fetchone()[0]

    def test_no_address_is_shown_in_full(self, client, event, owner):
        row = OrganiserFactory(event=event, role=CO)
        client.force_login(owner)
        shown = client.get(page(event)).content.decode()
        assert row.user.email not in shown
        assert "p…@e…" in shown

    def test_an_organiser_of_another_protest_is_not_there(self, client, event, owner):
        other = OrganiserFactory(event=EventFactory())
        client.force_login(owner)
        assert client.post(page(event, f"people/{other.pk}/"), {"do": "remove"}).status_code == 404

    @pytest.mark.parametrize("number", [1, 3])
    def test_the_list_takes_the_same_queries_for_any_number(
        self, client, event, owner, number, django_assert_max_num_queries
    ):
        for _n in range(number):
            OrganiserFactory(event=event, role=CO)
            invitations.invite_by_link(event, HELPER, by=owner)
        client.force_login(owner)
        client.get(page(event))
        with django_assert_max_num_queries(9):
            client.get(page(event))
