"""Several at once."""

import pytest

from events.actions import Refused
from events.models import Organiser
from organising.actions import invitations, people
from organising.models import Invitation
from tests.at_once import at_once
from tests.factories import CollectiveFactory, EventFactory, MembershipFactory, OrganiserFactory, UserFactory
from tests.organising.people.rooms import CO, HELPER, OWNER

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.mark.parametrize("_round", range(5))
    def test_two_owners_who_leave_leave_one(self, _round):
        event = EventFactory()
        owners = [OrganiserFactory(event=event).user for _n in range(2)]
        results = at_once(*[lambda by=by: people.leave(event, by=by) for by in owners])
        assert sum(isinstance(one, Refused) for one in results) == 1
        assert Organiser.objects.filter(event=event, role=OWNER).count() == 1

    @pytest.mark.parametrize("_round", range(3))
    def test_two_owners_remove_each_other_and_one_stays(self, _round):
        event = EventFactory()
        one, other = (OrganiserFactory(event=event) for _n in range(2))
        at_once(lambda: people.remove(event, other, by=one.user), lambda: people.remove(event, one, by=other.user))
        assert Organiser.objects.filter(event=event, role=OWNER).count() == 1

    def test_a_single_use_is_single(self):
        event = EventFactory()
        owner = OrganiserFactory(event=event).user
        user = UserFactory()
        invitation = invitations.invite_by_mail(event, user.email, CO, by=owner)
        at_once(*[lambda: invitations.accept(invitation, by=user) for _n in range(5)])
        assert Organiser.objects.filter(event=event, user=user).count() == 1
        assert Invitation.objects.get().uses == 1

    def test_a_link_never_serves_more_than_its_bound(self):
        event = EventFactory()
        owner = OrganiserFactory(event=event).user
        link = invitations.invite_by_link(event, HELPER, by=owner)
        Invitation.objects.update(uses=Invitation.MOST_USES - 2)
        users = [UserFactory() for _n in range(8)]
        results = at_once(*[lambda by=by: invitations.accept(link, by=by) for by in users])
        assert sum(isinstance(one, Refused) for one in results) == 6
        assert Organiser.objects.filter(role=HELPER).count() == 2

    def test_the_last_two_admins_of_a_collective(self):
        collective = CollectiveFactory()
        admins = [MembershipFactory(collective=collective).user for _n in range(2)]
        results = at_once(*[lambda by=by: people.leave(collective, by=by) for by in admins])
        assert sum(isinstance(one, Refused) for one in results) == 1
