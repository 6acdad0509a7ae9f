"""Names."""

import re

import pytest

from events.models import SignOn
from moderation.sign_ons import publish_sign_on
from outbox.models import Delivery
from tests.events.appeal.signing import ADDRESS, LIST, own_page, sign, states
from tests.factories import SignOnFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


def test_a_name_stands_once_however_it_is_written(client):
    SignOnFactory(name="CAFE FUR ALLE", state="published")
    sign(client)
    page = client.get(own_page()).content.decode()
    assert "has signed already" in page
    assert "Yes, we sign" not in page
    client.post(own_page(), {"do": "confirm"})
    assert states() == [("CAFE FUR ALLE", "published"), ("Café für Alle", "unconfirmed")]


def test_a_stranger_does_not_block_a_name(client):
    sign(client, email="troll@example.org")
    sign(client)
    client.post(own_page(), {"do": "confirm"})
    assert SignOn.objects.get(state="pending").recipient.address == ADDRESS


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "\u200b\u202e "),
        ("name", "..."),
        ("name", "Win at https://evil.example"),
        ("name", "Win at WWW.evil.example"),
        ("name", "Win at evil.example/now"),
        ("name", "Write to evil@example.org"),
        ("name", "x" * 121),
        ("city", ""),
        ("country", "XX"),
        ("country", ""),
        ("website", "javascript:alert(1)"),
        ("website", "JaVaScRiPt://example.org/%0aalert(1)"),
        ("website", "data:text/html,x"),
        ("website", "ftp://example.org/"),
        ("website", "https://good.example@evil.example/"),
        ("website", "https://x.org/" + "a" * 300),
        ("email", "anna@example.org\r\nBcc: b@example.org"),
        ("email", "nonsense"),
        ("email", ""),
    ],
)
def test_what_cannot_be_taken_is_said_beside_the_field(client, field, value):
    page = sign(client, **{field: value})
    assert page.status_code == 200
    assert list(page.context["form"].errors) == [field]
    assert (SignOn.objects.count(), Delivery.objects.count()) == (0, 0)


HOSTILE = [
    "A\r\nBcc: evil",
    "A\u000bB\u000cC\u0085D\u2028E",
    "A\u202eB\u200bC",
    "<script>alert(1)</script>",
    "{{ settings.SECRET_KEY }} %(name)s {0}",
    "=HYPERLINK(1)",
    "ﷺ" * 120,
    "𝔄" * 120,
    "ß" * 120,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(client, delivered, name):
    sign(client, name=name, city=name[:80])
    (mail,) = delivered()
    assert set(mail.message.keys()).isdisjoint({"Bcc", "Cc"})
    client.post(mail.link("appeal/sign"), {"do": "confirm"})
    publish_sign_on(SignOn.objects.get(), by=UserFactory(is_superuser=True))
    told = delivered()[-1]
    assert "\n" not in told.subject
    assert set(told.message.keys()).isdisjoint({"Bcc", "Cc"})
    page = client.get(LIST).content.decode()
    for text in (page, mail.html, told.html):
        assert "<script>alert" not in text
        assert re.search("[\u0000\u000b\u000c\u0085\u2028\u202e\u200b]", text) is None


@pytest.mark.parametrize(
    "name", ["Attac.de", "A/B e.V.", "Nr. 5 – Für alle!", "ГО «Право на рух»", "لا حدود", "7amleh"]
)
def test_unusual_names_are_names(client, name):
    sign(client, name=name)
    assert states() == [(name, "unconfirmed")]
