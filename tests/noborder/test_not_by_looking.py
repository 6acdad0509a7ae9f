"""An address that only takes what a form sends, opened by hand or from a history."""

import pytest
from django.test import Client

ONLY_SENT = "/accounts/my-data/stay/"


@pytest.mark.django_db
def test_whoever_opens_it_is_told_where_to_go(client: Client) -> None:
    answer = client.get(ONLY_SENT)

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert "Go back to the page with the form" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["head", "put", "delete"])
def test_programs_are_not(client: Client, method: str) -> None:
    assert getattr(client, method)(ONLY_SENT).content == b""
