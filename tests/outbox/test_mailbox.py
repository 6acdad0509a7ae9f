"""The page of a local site that shows what was sent."""

from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from outbox.backends import local_mailbox


@pytest.fixture
def keys(tmp_path: Path, settings: Settings) -> list[str]:
    """The keys of two mails that have landed."""
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    for name in ("first", "second"):
        message = EmailMultiAlternatives(
            f"{name} <b>subject</b>", "See https://x.example/ today", to=["anna@example.org"]
        )
        message.attach_alternative(f"<h1>{name}</h1>", "text/html")
        local_mailbox().add(message.message().as_bytes())
    return sorted(local_mailbox().keys())


def test_the_newest_mail_stands_on_top(client: Client, keys: list[str]) -> None:
    page = client.get(reverse("outbox:landed")).content.decode()

    assert page.index("second &lt;b&gt;") < page.index("first &lt;b&gt;")
    assert page.count("anna@example.org") == 2


def test_a_mail_shows_its_text_with_links_and_its_headers(client: Client, keys: list[str]) -> None:
    page = client.get(reverse("outbox:mail", args=[keys[0]])).content.decode()

    assert '<a href="https://x.example/"' in page
    assert "Message-ID" in page


def test_the_html_of_a_mail_may_run_and_load_nothing(client: Client, keys: list[str]) -> None:
    response = client.get(reverse("outbox:mail_html", args=[keys[0]]))

    assert response.content.decode().strip() == "<h1>first</h1>"
    directives = response.headers["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in directives
    assert directives[0].startswith("sandbox ")
    assert "allow-scripts" not in directives[0]


def test_unknown_mails_are_not_found(client: Client, keys: list[str]) -> None:
    for name in ("outbox:mail", "outbox:mail_html"):
        assert client.get(reverse(name, args=["..%2f..%2fpasswd"])).status_code == 404
        assert client.get(reverse(name, args=["none"])).status_code == 404


def test_in_production_there_is_no_mailbox(client: Client, keys: list[str], settings: Settings) -> None:
    settings.MODE = "production"

    for url in (reverse("outbox:landed"), reverse("outbox:mail", args=[keys[0]])):
        assert client.get(url).status_code == 404
