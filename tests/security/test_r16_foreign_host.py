"""R16: a foreign Host gets a 400, stands in no page and in no log."""

import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "a b", "[::1"])
def test_a_foreign_host_is_refused(host: str) -> None:
    response = Client().get("/en/", headers={"host": host})
    assert response.status_code == 400
    assert host not in response.content.decode()


def test_a_foreign_host_is_not_logged() -> None:
    """In a process of its own, since pytest adds handlers: a logger with none is not silent, Python's last resort
    prints what it gets."""
    visit = (
        'import django; django.setup(); from django.test import Client; Client().get("/en/", HTTP_HOST="evil.example")'
    )
    done = subprocess.run(
        [sys.executable, "-c", visit], capture_output=True, text=True, cwd=settings.BASE_DIR, check=True
    )
    assert "evil" not in done.stdout + done.stderr


@pytest.mark.django_db
def test_a_forwarded_host_changes_nothing() -> None:
    page = Client().get("/en/", headers={"x-forwarded-host": "evil.example"})
    assert page.status_code == 200
    assert "evil" not in page.content.decode()
