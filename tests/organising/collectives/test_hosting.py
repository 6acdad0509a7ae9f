"""Hosting."""

import pytest
from django.test import Client

from events.actions import Refused
from events.models import Membership, Organiser, SiteStamp
from organising.actions import hosting, invitations, people, support
from organising.models import Invitation
from tests.factories import CollectiveFactory, EventFactory, MembershipFactory, OrganiserFactory, UserFactory
from tests.organising.collectives.founding import page, public, roles

pytestmark = pytest.mark.django_db


class TestHosting:
    def test_members_organise_what_it_hosts(self, client, event, owner, collective, member):
        helper = MembershipFactory(collective=collective, role="member").user
        OrganiserFactory(event=event, user=helper, role="helper")
        client.force_login(owner)
        before = SiteStamp.objects.current()
        sent = {"do": "host", "host": collective.public_id}
        assert client.post(f"/organise/{event.public_id}/people/", sent).status_code == 302
        assert roles(event) == {
            owner.pk: ("owner", None),
            member.pk: ("co_organiser", collective.pk),
            helper.pk: ("helper", None),
        }
        assert SiteStamp.objects.current() > before
        shown = Client().get(event.get_absolute_url()).content.decode()
        assert f'href="{collective.get_absolute_url()}"' in shown
        assert event.title in public(Client(), collective).content.decode()

    def test_joining_leaving_and_removing_follow(self, event, owner, collective, member):
        hosting.set_host(event, collective, by=owner)
        late = UserFactory()
        invitations.accept(invitations.invite_by_link(collective, "member", by=owner), by=late)
        assert roles(event)[late.pk] == ("co_organiser", collective.pk)
        people.leave(collective, by=late)
        people.remove(collective, Membership.objects.get(user=member), by=owner)
        assert set(roles(event)) == {owner.pk}

    def test_taking_it_off_takes_what_came_by_it_and_no_more(self, client, event, owner, collective, member):
        hosting.set_host(event, collective, by=owner)
        own = OrganiserFactory(event=event, role="co_organiser").user
        people.change_role(event, Organiser.objects.get(user=member), "helper", by=owner)
        other = MembershipFactory(collective=collective, role="member").user
        hosting.lend_to(collective, [other.pk])
        hosting.end_hosting(event, by=owner)
        assert roles(event) == {owner.pk: ("owner", None), own.pk: ("co_organiser", None), member.pk: ("helper", None)}
        assert collective.name not in Client().get(event.get_absolute_url()).content.decode()

    def test_an_admin_ends_it_from_the_other_side(self, client, event, owner, collective):
        hosting.set_host(event, collective, by=owner)
        admin = MembershipFactory(collective=collective).user
        client.force_login(admin)
        client.post(page(collective), {"do": "end_hosting", "protest": event.public_id})
        event.refresh_from_db()
        assert event.host is None

    def test_its_other_admins_hear_that_it_hosts(self, event, collective, owner, member, delivered):
        admin = MembershipFactory(collective=collective).user
        hosting.set_host(event, collective, by=owner)
        assert [letter.to for letter in delivered()] == [admin.email]

    def test_a_member_does_not_lend_its_name(self, client, collective, member):
        theirs = OrganiserFactory(event=EventFactory(title="Another"), user=member).event
        client.force_login(member)
        path = f"/organise/{theirs.public_id}/people/"
        assert 'name="host"' not in client.get(path).content.decode()
        client.post(path, {"do": "host", "host": collective.public_id})
        with pytest.raises(Refused):
            hosting.set_host(theirs, collective, by=member)
        theirs.refresh_from_db()
        assert theirs.host is None
        assert set(roles(theirs)) == {member.pk}

    def test_nobody_lends_a_name_that_is_not_theirs(self, client, event, owner):
        strange = CollectiveFactory()
        client.force_login(owner)
        answer = client.post(f"/organise/{event.public_id}/people/", {"do": "host", "host": strange.public_id})
        assert b"Choose a collective that you belong to." in answer.content
        with pytest.raises(Refused):
            hosting.set_host(event, strange, by=owner)

    def test_a_member_of_the_host_is_not_removed_one_by_one(self, event, owner, collective, member):
        hosting.set_host(event, collective, by=owner)
        with pytest.raises(Refused):
            people.remove(event, Organiser.objects.get(user=member), by=owner)
        with pytest.raises(Refused):
            people.leave(event, by=member)

    def test_the_last_admin_cannot_vanish(self, client, collective, owner, member):
        client.force_login(owner)
        assert client.post(page(collective, "leave/")).status_code == 409
        row = Membership.objects.get(user=owner)
        assert client.post(page(collective, f"people/{row.pk}/"), {"do": "remove"}).status_code == 409
        client.post(page(collective, f"people/{Membership.objects.get(user=member).pk}/"), {"do": "hand_over"})
        assert client.post(page(collective, "leave/"))["Location"] == "/organise/collectives/"

    @pytest.mark.parametrize("number", [1, 3])
    def test_its_room_takes_the_same_queries_for_any_number(
        self, client, collective, owner, number, django_assert_max_num_queries
    ):
        for n in range(number):
            MembershipFactory(collective=collective, role="member")
            hosting.set_host(
                OrganiserFactory(event=EventFactory(title=f"March {n}"), user=owner).event, collective, by=owner
            )
            support.ask(OrganiserFactory(event=EventFactory(), user=owner).event, collective, by=owner)
        client.force_login(owner)
        client.get(page(collective))
        with django_assert_max_num_queries(9):
            assert b"as a member of" not in client.get(page(collective)).content

    def test_members_read_and_admins_act(self, client, collective, member):
        client.force_login(member)
        assert client.get(page(collective)).status_code == 200
        assert client.post(page(collective), {"do": "link", "role": "member"}).status_code == 403
        assert client.get(page(collective, "edit/")).status_code == 403
        assert not Invitation.objects.exists()
