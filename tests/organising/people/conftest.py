import pytest
import time_machine

from organising.actions import invitations
from tests.factories import WEEKS_BEFORE
from tests.organising.people.rooms import CO, HELPER


@pytest.fixture(autouse=True)
def clock(request):
    if "transaction" in str(request.node.get_closest_marker("django_db").kwargs):
        yield None
        return
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture
def delivered(delivered):
    """As everywhere, but each mail once."""
    seen = 0

    def new():
        nonlocal seen
        mails = delivered()
        seen, before = len(mails), seen
        return mails[before:]

    return new


@pytest.fixture
def invited(event, owner):
    """An invitation by mail, to somebody without an account."""
    return invitations.invite_by_mail(event, "new@example.org", CO, by=owner)


@pytest.fixture
def link(event, owner):
    return invitations.invite_by_link(event, HELPER, by=owner)
