"""From templates to letters to messages."""

import re
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.utils.safestring import SafeString
from pytest_django import Settings

from outbox import messages
from outbox.letters import Attachment, Letter
from outbox.messages import message_of
from outbox.models import Delivery, Recipient
from outbox.rendering import _frozen, render_letter

SUBJECT = "{% load i18n %}{{ title }}\n({% get_current_language as code %}{{ code }})\n"
BODY = "{% block body %}{{ title }}\n\n\n\nEnd   \n{% endblock %}{% block why %}Why{% endblock %}"
TEXT = '{% extends "emails/_base.txt" %}' + BODY
HTML = '{% extends "emails/_base.html" %}{% block body %}<h1>{{ title }}</h1>{% endblock %}'


@pytest.fixture
def templates(tmp_path: Path, settings: Settings) -> None:
    """A letter named "try" beside the site's own templates."""
    folder = tmp_path / "emails" / "try"
    folder.mkdir(parents=True)
    for name, text in (("subject.txt", SUBJECT), ("body.txt", TEXT), ("body.html", HTML)):
        (folder / name).write_text(text)
    ours = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**ours, "DIRS": [*ours["DIRS"], tmp_path]}]


@pytest.mark.usefixtures("templates")
def test_plain_text_is_plain_and_html_is_escaped() -> None:
    letter = render_letter("try", {"title": "Bread & <b>roses</b>"}, "uk")

    assert letter.subject == "Bread & <b>roses</b> (uk)"
    assert letter.text.startswith("Bread & <b>roses</b>\n\nEnd\n")
    assert "<h1>Bread &amp; &lt;b&gt;roses&lt;/b&gt;</h1>" in letter.html
    assert '<html lang="uk" dir="ltr">' in letter.html


@pytest.mark.usefixtures("templates")
def test_the_ways_out_stand_below_when_there_are_any(settings: Settings) -> None:
    links = {"manage_url": "https://x.example/m", "leave_url": "https://x.example/l"}

    without, with_links = render_letter("try", {}, "en"), render_letter("try", {}, "en", links=links)

    for url in links.values():
        assert url in with_links.text
        assert f'href="{url}"' in with_links.html
        assert url not in without.text + without.html
    assert without.text.endswith(f"\n-- \n{settings.SITE_NAME} · {settings.SITE_URL}\nWhy\n")


@pytest.mark.usefixtures("templates")
def test_readers_of_the_same_share_its_text_and_nothing_else(settings: Settings) -> None:
    def text(title: object, manage_url: str) -> str:
        return render_letter("try", {"title": title}, "en", links={"manage_url": manage_url}).text

    assert "https://x.example/anna" in text("March", "https://x.example/anna")
    for title, link in (("March", "https://x.example/zoe"), ("Vigil", "https://x.example/anna")):
        said = text(title, link)
        assert said.startswith(f"{title}\n")
        assert re.findall(r"https://x.example/\w+", said) == [link]
    settings.SITE_NAME = "Another name"
    assert "Another name" in text("March", "https://x.example/anna")
    # What may change behind its back is rendered each time.
    recipient = Recipient(pk=1, address="first@example.org")
    assert text(recipient, "https://x.example/anna").startswith("recipient 1\n")


def test_html_differs_for_what_is_safe_and_what_is_not() -> None:
    assert _frozen({"html": SafeString("<b>")}) != _frozen({"html": "<b>"})


def message(letter: Letter) -> tuple[bytes, Any]:
    delivery = Delivery(key="k", recipient=Recipient(address="anna@example.org"))
    raw = message_of(delivery, letter).content
    return raw, message_from_bytes(raw.replace(b"\r\n", b"\n"), policy=policy.default)


def test_a_message_is_seven_bits_wide_and_says_the_same() -> None:
    attachment = Attachment("подія.ics", "SUMMARY:Марш\n".encode(), "text/calendar")
    raw, parsed = message(
        Letter(
            "Марш за свободу",
            "Київ, 14:00\n",
            "<p>Київ</p>",
            {"List-Unsubscribe": "<https://x.example/>"},
            (attachment,),
        )
    )

    assert raw.isascii()
    assert max(len(line) for line in raw.splitlines()) <= 998
    assert str(parsed["Subject"]) == "Марш за свободу"
    assert parsed.get_body(("plain",)).get_content() == "Київ, 14:00\n"
    assert parsed.get_body(("html",)).get_content() == "<p>Київ</p>"
    assert [part.get_filename() for part in parsed.iter_attachments()] == ["подія.ics"]


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("anna@example.org", "anna@example.org"),
        ("o'neill+a.b@example.org", "o'neill+a.b@example.org"),
        ('"a b"@example.org', '"a b"@example.org'),
        ("anna@дім.example", "anna@xn--d1aq1f.example"),
    ],
)
def test_an_address_is_written_so_that_every_server_reads_it(address: str, written: str) -> None:
    made = message_of(Delivery(key="k", recipient=Recipient(address=address)), Letter("s", "t", "h"))
    assert made.recipient == written
    assert str(message_from_bytes(made.content, policy=policy.default)["To"]) == written


@pytest.mark.parametrize("address", ["anna@example.org>, <eve@example.org", "anna@example.org eve@example.org"])
def test_what_is_no_address_makes_no_message(address: str) -> None:
    with pytest.raises(ValueError, match="Invalid address"):
        message_of(Delivery(key="k", recipient=Recipient(address=address)), Letter("s", "t", "h"))


def test_lines_of_every_length_and_kind_arrive_as_they_were() -> None:
    text = "." + "é" * 3000 + "\n.\n..two\n-- \n  end  \r\nlast\rline = 100 %"
    made, parsed = message(Letter("March for " + "открытые границы " * 12, text, f"<p>{text}</p>"))
    assert {len(line) > 78 for line in made.split(b"\r\n\r\n", 1)[1].splitlines()} == {False}
    expected = text.replace("\r\n", "\n").replace("\r", "\n")
    assert parsed.get_body(("plain",)).get_content() == expected
    assert parsed.get_body(("html",)).get_content() == f"<p>{expected}</p>"
    assert str(parsed["Subject"]) == "March for " + ("открытые границы " * 12).strip()


@pytest.mark.usefixtures("templates")
def test_only_what_readers_share_stays_in_memory() -> None:
    def kept() -> int:
        return messages._kept.cache_info().currsize

    messages._kept.cache_clear()
    for link in ("https://x.example/anna", "https://x.example/zoe"):
        message(render_letter("try", {"title": "March"}, "en", links={"manage_url": link}))
        shared = kept()
    message(Letter("Your code", "123456\n", "<p>123456</p>"))
    assert 0 < shared == kept()
    message(render_letter("try", {"title": "March"}, "en", links={"manage_url": "https://x.example/bela"}))
    assert kept() == shared


def test_a_message_carries_the_headers_of_automatic_mail(settings: Settings) -> None:
    _raw, parsed = message(Letter("Hello", "text\n", "<p>text</p>", {"List-Unsubscribe": "<https://x.example/>"}))

    assert {name: str(parsed[name]) for name in ("From", "To", "Auto-Submitted", "List-Unsubscribe")} == {
        "From": settings.DEFAULT_FROM_EMAIL,
        "To": "anna@example.org",
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": "<https://x.example/>",
    }
    assert parsed["Message-ID"] == Delivery(key="k").message_id
    assert parsed["Date"] is not None
    assert parsed.get_content_type() == "multipart/alternative"
