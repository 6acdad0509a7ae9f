"""What is kept."""

import datetime as dt

import pytest
from django.utils import timezone

from organising import forgetting
from organising.actions import invitations
from organising.models import Invitation
from outbox.models import Delivery, Recipient
from tests.factories import OrganiserFactory
from tests.organising.people.rooms import HELPER

pytestmark = pytest.mark.django_db


class TestForgetting:
    def test_an_invitation_and_its_address_go_two_days_after_it_is_over(self, invited, link, clock):
        assert not Recipient.objects.without_ties().exists()
        clock.shift(Invitation.LIVES + dt.timedelta(days=2, seconds=-1))
        forgetting.forget(timezone.now())
        assert Invitation.objects.count() == 2
        clock.shift(dt.timedelta(seconds=1))
        forgetting.forget(timezone.now())
        assert not Invitation.objects.exists()
        Delivery.objects.update(state="sent")
        assert invited.recipient in Recipient.objects.without_ties()

    def test_so_do_the_revoked_and_the_used_up(self, event, owner, invited, link, clock):
        used = invitations.invite_by_mail(event, "used@example.org", HELPER, by=owner)
        Invitation.objects.filter(pk=used.pk).update(uses=1)
        invitations.decline(invited)
        clock.shift(dt.timedelta(days=2))
        forgetting.forget(timezone.now())
        assert list(Invitation.objects.all()) == [link]

    def test_labels_and_all_invitations_go_with_the_edition(self, event, owner, invited):
        row = OrganiserFactory(event=event, role=HELPER, label="Ania")
        Invitation.objects.update(expires_at=dt.datetime(2028, 1, 1, tzinfo=dt.UTC))
        for day, left in ((27, (1, "Ania")), (28, (0, ""))):
            forgetting.forget(dt.datetime(2027, 10, day, 12, tzinfo=dt.UTC))
            row.refresh_from_db()
            assert (Invitation.objects.count(), row.label) == left
