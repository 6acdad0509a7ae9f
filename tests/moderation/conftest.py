import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from tests.factories import CampaignCountryFactory, CoordinatorFactory
from tests.log_in import log_in
from tests.reminders.conftest import delivered

__all__ = ["delivered"]


@pytest.fixture
def moderator(db: None) -> User:
    """A coordinator of Poland."""
    CampaignCountryFactory()
    return CoordinatorFactory(country="PL").user


@pytest.fixture
def room(client: Client, moderator: User) -> Client:
    """Their browser."""
    log_in(client, moderator)
    return client


def text_of(response: HttpResponse) -> str:
    """The words of a page without its line breaks."""
    return " ".join(response.content.decode().split())
