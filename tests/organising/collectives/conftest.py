import pytest
import time_machine

from tests.factories import (
    WEEKS_BEFORE,
    CollectiveFactory,
    CoordinatorFactory,
    MembershipFactory,
)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture
def collective(owner):
    """A public one; the owner of the protest is its admin."""
    collective = CollectiveFactory()
    MembershipFactory(collective=collective, user=owner)
    return collective


@pytest.fixture
def member(collective):
    return MembershipFactory(collective=collective, role="member").user


@pytest.fixture
def moderator():
    return CoordinatorFactory().user
