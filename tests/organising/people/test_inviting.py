"""Inviting."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from events.actions import Refused
from organising.actions import invitations
from organising.emails.people import INVITATION
from organising.models import Invitation
from outbox.models import Delivery
from tests.factories import EventFactory, OrganiserFactory
from tests.organising.people.rooms import CO, HELPER, OWNER, page, path_of

pytestmark = pytest.mark.django_db


class TestInviting:
    def test_by_mail_posts_a_letter_that_names_nobody(self, client, event, owner, fresh_limits, delivered):
        client.force_login(owner)
        sent = {"do": "invite", "address": "New@Example.org", "role": CO}
        assert client.post(page(event), sent)["Location"] == page(event)
        [letter] = delivered()
        assert letter.to == "new@example.org"
        assert "Co-organiser" in letter.text
        assert event.title in letter.text
        assert owner.email not in letter.text
        invitation = Invitation.objects.get()
        assert (invitation.recipient.address, invitation.role, invitation.created_by) == ("new@example.org", CO, owner)

    def test_a_stranger_is_not_mailed_a_title_that_nobody_has_read(self, event, owner, delivered):
        unread = EventFactory(state="submitted", title="Buy at evil.example")
        by = OrganiserFactory(event=unread).user
        invitations.invite_by_mail(unread, "new@example.org", CO, by=by)
        [letter] = delivered()
        assert "evil.example" not in letter.text
        assert "Warszawa" in letter.text

    def test_the_same_again_is_the_same_invitation(self, event, owner, invited):
        assert invitations.invite_by_mail(event, "new@example.org", CO, by=owner) == invited
        assert Delivery.objects.filter(letter=INVITATION).count() == 1

    def test_a_mailbox_hears_once_a_day_and_of_all_at_once(self, event, owner, invited, delivered, clock):
        assert len(delivered()) == 1
        for _n in range(3):
            other = OrganiserFactory(event=EventFactory(title="Another march"))
            invitations.invite_by_mail(other.event, "new+x@example.org", HELPER, by=other.user)
            invitations.invite_by_mail(other.event, "new@example.org", HELPER, by=other.user)
        assert delivered() == []
        clock.shift(dt.timedelta(days=1, minutes=1))
        assert [(one.to, one.text.count("/invitations/")) for one in delivered()] == [("new+x@example.org", 3)]
        clock.shift(dt.timedelta(days=1))
        assert [(one.to, one.text.count("/invitations/")) for one in delivered()] == [("new@example.org", 4)]

    def test_too_many_wait_and_nothing_typed_is_lost(self, client, event, owner, fresh_limits):
        client.force_login(owner)
        for n in range(15):
            assert (
                client.post(page(event), {"do": "invite", "address": f"a{n}@example.org", "role": CO}).status_code
                == 302
            )
        answer = client.post(page(event), {"do": "invite", "address": "late@example.org", "role": CO})
        assert answer.status_code == 429
        assert b"late@example.org" in answer.content

    def test_a_link_makes_nobody_an_owner(self, client, event, owner):
        client.force_login(owner)
        assert client.post(page(event), {"do": "link", "role": OWNER}).status_code == 200
        assert not Invitation.objects.exists()
        with pytest.raises(Refused):
            invitations.invite_by_link(event, OWNER, by=owner)

    def test_only_owners_invite_and_see_links(self, client, event, link):
        colleague = OrganiserFactory(event=event, role=CO).user
        client.force_login(colleague)
        answer = client.get(page(event))
        assert answer.status_code == 200
        assert b"/organise/invitations/" not in answer.content
        assert client.post(page(event), {"do": "link", "role": HELPER}).status_code == 403

    def test_a_link_is_rotated_and_revoked(self, client, event, owner, link):
        client.force_login(owner)
        assert client.get(page(event, f"people/invitations/{link.pk}/")).status_code == 405
        client.post(page(event, f"people/invitations/{link.pk}/"), {"do": "rotate"})
        new = Invitation.objects.living(timezone.now()).get()
        assert new.role == link.role
        assert client.get(path_of(link)).status_code == 404
        assert client.get(path_of(new)).status_code == 200
        for _again in range(2):
            client.post(page(event, f"people/invitations/{new.pk}/"), {"do": "revoke"})
        assert client.get(path_of(new)).status_code == 404
        assert AuditEntry.objects.filter(verb="invitation revoked").count() == 2
