import pytest

from accounts.models import User
from events.models import Event
from tests.factories import EventFactory, OrganiserFactory
from tests.reminders.conftest import delivered

__all__ = ["delivered"]


@pytest.fixture
def event(db: None) -> Event:
    """A public protest."""
    made: Event = EventFactory()
    return made


@pytest.fixture
def owner(event: Event) -> User:
    """Whose protest it is."""
    user: User = OrganiserFactory(event=event).user
    return user
