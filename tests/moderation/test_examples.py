"""Every letter of the site, in every language: its headers, its two texts, and the page that shows it."""

import datetime as dt
import re
from email.utils import parseaddr
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from events.models import Campaign
from moderation.examples import missing
from outbox.letters import kind
from outbox.models import Delivery
from tests.letters import Seen, all_letters, letters_in

pytestmark = [pytest.mark.xdist_group("letters"), pytest.mark.django_db]

# What people asked to be sent, and can stop by one click of their mail program.
TO_FOLLOWERS = {"reminder", "digest", "notice", "changes", "announcement"}
ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Auto-Submitted")
NEVER = ("Sender", "Return-Path", "Reply-To", "Cc", "Bcc", "Received", "X-Mailer", "Precedence")
LIST = ("List-Unsubscribe", "List-Unsubscribe-Post", "List-Id")
# The letters with a calendar entry.
IN_CALENDARS = re.compile(r"reminder-(week|day)|notice-(?!published)")
HOUR = dt.timedelta(hours=1)
# An hour of the day, and whose clock shows it.
CLOCK = re.compile(r"\b\d\d:\d\d\b")
ZONE = re.compile(r"\((CES?T|UTC[^)]*)\)|UTC\b")
EMOJI = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff]")


def faults(letter: Seen) -> list[str]:
    """What is wrong with the letter, in words; nothing if all is right."""
    name, raw, message = letter.example.delivery.letter, letter.raw, letter.message
    is_followed = name in TO_FOLLOWERS
    recipient = letter.example.delivery.recipient
    kinds = [part.get_content_type() for part in message.iter_parts()]
    parts = list(message.iter_parts())
    html, text, tags = letter.part("html"), letter.part("plain"), letter.tags
    one_click = str(message["List-Unsubscribe"] or "").strip(" <>")
    addresses = (parseaddr(settings.DEFAULT_FROM_EMAIL)[1], recipient.address)
    subject = str(message["Subject"])
    calendar = ["text/calendar"] if IN_CALENDARS.match(letter.example.key) else []
    html_tag = tags.of("html")[0]
    styles = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    wishes = {
        "seven bits": raw.isascii(),
        "lines fit": max(len(line) for line in raw.split(b"\r\n")) <= 998 and b"\n" not in raw.replace(b"\r\n", b""),
        "no defects": not any(part.defects for part in message.walk()),
        "headers once": all(len(message.get_all(header, [])) == 1 for header in ONCE),
        "headers never": not [header for header in NEVER if header in message],
        "from and to": (message["From"].addresses[0].addr_spec, str(message["To"])) == addresses,
        "one sender, one reader": len(message["From"].addresses) == len(message["To"].addresses) == 1,
        "own message id": re.fullmatch(rf"<[0-9a-f]+@{settings.SITE_HOST}>", str(message["Message-ID"])),
        "date is now": abs(message["Date"].datetime.replace(tzinfo=dt.UTC) - dt.datetime.now(dt.UTC)) < HOUR,
        "automatic": message["Auto-Submitted"] == "auto-generated",
        "subject is plain": subject == letter.example.letter.subject.strip()
        and len(subject) <= 200
        and not EMOJI.search(subject + text + html),
        "a way out": all((header in message) == is_followed for header in LIST),
        "one click": not is_followed
        or (
            one_click.startswith(settings.SITE_URL) and message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        ),
        "way out in the text": not is_followed or len([url for url in letter.links if "/reminders/" in url]) >= 2,
        "parts": message.get_content_type() == "multipart/alternative"
        and kinds == ["text/plain", "text/html", *calendar],
        "encodings": all(part["Content-Transfer-Encoding"] in {"7bit", "quoted-printable"} for part in parts),
        "charsets": all(part.get_content_charset() == "utf-8" for part in parts),
        "hours have a zone": all(ZONE.search(body) for body in (text, html.split("</style>")[1]) if CLOCK.search(body)),
        "language and direction": (html_tag.get("lang"), html_tag.get("dir")) == (letter.language, "ltr"),
        "dark mode": any(meta.get("content") == "light dark" for meta in tags.of("meta"))
        and styles
        and "prefers-color-scheme: dark" in styles[1],
        "loads nothing": not tags.of("img", "link", "script", "iframe", "object", "embed", "video", "audio", "form")
        and not re.search(r"url\(|@import|\bsrc=|background=|\bon\w+=", html),
        "same links": letter.links == letter.links_in_text,
        "no template left": not re.search(r"\{[{%]|%\(\w+\)s|None\b", subject + text + html),
        "text is not html": not re.search(
            r"&(amp|lt|gt|quot|#39);|</?(p|b|br|a|bdi)\b", text.replace("<b>when</b>", "")
        ),
    }
    return [wish for wish, is_so in wishes.items() if not is_so]


def test_every_letter_has_an_example() -> None:
    """Whoever registers a letter adds one in moderation/examples/."""
    ours = missing([letter.example for letter in letters_in("en")])
    assert {name for name in ours if not kind(name).render.__module__.startswith(("tests.", "noborder."))} == set()
    keys = [letter.example.key for letter in letters_in("en")]
    assert len(keys) == len(set(keys))


def test_every_letter_is_sound_in_every_language(is_long: bool) -> None:
    assert {letter.name: found for letter in all_letters(is_long=is_long) if (found := faults(letter))} == {}


def test_time_and_place_come_first_and_the_zone_is_named(is_long: bool) -> None:
    for letter in all_letters(is_long=is_long):
        if letter.example.delivery.letter == "reminder":
            when, where = letter.part("plain").splitlines()[:2]
            assert re.search(r"14:00–16:00, .*\((CEST|CET)\)$", when), letter.name
            assert where == "Plac Zamkowy, Plac Zamkowy 1, Warszawa", letter.name
            assert "14:00" in str(letter.message["Subject"])


def test_links_lead_to_this_site_alone(is_long: bool) -> None:
    """R16: whatever Host a request had, mails name the configured one."""
    for letter in all_letters(is_long=is_long):
        hosts = {urlsplit(url).netloc for url in letter.links | letter.links_in_text}
        assert hosts == {urlsplit(settings.SITE_URL).netloc}, letter.name


def test_the_page_shows_them_all_and_keeps_nothing(client: Client) -> None:
    page = client.get(reverse("example_letters"), {"lang": "de"})
    assert page.status_code == 200
    assert page.content.decode().count('class="mailrow"') == len(letters_in("de"))
    assert (Delivery.objects.count(), Campaign.objects.count()) == (0, 0)
    assert client.get(reverse("example_letters"), {"lang": "xx"}).status_code == 404
    assert client.get(reverse("example_letter", args=["none"])).status_code == 404


def test_one_letter_is_shown_as_text_and_in_a_frame_that_runs_nothing(client: Client) -> None:
    url = reverse("example_letter", args=["notice-moved"])
    frame_url = reverse("example_letter_html", args=["notice-moved"])
    page, frame = client.get(url, {"lang": "pl"}), client.get(frame_url, {"lang": "pl"})

    assert f'<iframe class="mailframe" sandbox src="{frame_url}?lang=pl"' in page.content.decode()
    assert "METHOD:REQUEST" in page.content.decode()
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in frame.headers["Content-Security-Policy"]
    assert frame.headers["Content-Security-Policy"].startswith("sandbox ")
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert '<html lang="pl" dir="ltr">' in frame.content.decode()
