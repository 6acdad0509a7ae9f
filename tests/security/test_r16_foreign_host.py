"""R16: a foreign Host gets a 400, stands in no page and in no log."""

import pytest
from django.test import Client


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "a b", "[::1"])
def test_a_foreign_host_is_refused(host: str) -> None:
    response = Client().get("/en/", headers={"host": host})
    assert response.status_code == 400
    assert host not in response.content.decode()


def test_a_foreign_host_is_not_logged(capfd: pytest.CaptureFixture[str]) -> None:
    """A logger without a handler is not silent: Python's last resort prints what it gets."""
    Client().get("/en/", headers={"host": "evil.example"})
    written = capfd.readouterr()
    assert "evil" not in written.out + written.err


@pytest.mark.django_db
def test_a_forwarded_host_changes_nothing() -> None:
    page = Client().get("/en/", headers={"x-forwarded-host": "evil.example"})
    assert page.status_code == 200
    assert "evil" not in page.content.decode()
