"""What every answer of every address tells browsers: nothing inline or from elsewhere, no frames, no referrer."""

import re
from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from moderation.views import examples
from noborder.middleware import FRAMED_POLICY, PERMISSIONS_POLICY, POLICY
from tests.security.addresses import World, addresses, whose

# Made for other sites' pages: the only ones that may be framed, and what may be fetched from there.
FRAMED = {"embed:all", "embed:country", "embed:city"}
FETCHED = FRAMED | {
    "events:protest_ics",
    *("feeds:all", "feeds:country", "feeds:city"),
    *("feeds:all_atom", "feeds:country_atom", "feeds:city_atom"),
    *("feeds:all_json", "feeds:country_json", "feeds:city_json"),
    *("events:poster", "events:leaflet", "events:country_poster"),
    *("events:card", "events:country_card", "events:campaign_card"),
}
# Pictures of strangers run nothing, even when they are opened alone.
PICTURES = {"picture", "organising:picture", "moderation:picture", "organising:report_picture"}
SANDBOXED = "default-src 'none'; frame-ancestors 'none'; sandbox"
EVERYWHERE = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
}
INLINE = re.compile(
    r"<style\b|<[^>]+\s(?:style|on[a-z]+)\s*=|javascript:"
    r"|<script(?![^>]*\ssrc=)(?! type=\"application/(?:ld\+)?json\")",
    re.IGNORECASE,
)


@pytest.fixture
def https(settings: Settings) -> None:
    """Headers as on a server."""
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600


def _answers(world: World) -> Iterator[tuple[str, HttpResponse]]:
    """Each address as those see it whom it is made for, and a stranger's look at what is not for them."""
    clients = {role: world.client(role) for role in set(map(whose, addresses()))}
    for address in addresses():
        yield address.name, clients[whose(address)].get(world.path(address), secure=True)
    yield "organising:dashboard", clients["anonymous"].get("/organise/", secure=True)
    yield "moderation:queue", clients["organiser of it"].get("/moderation/", secure=True)


def _is_page(response: HttpResponse) -> bool:
    return response.headers.get("Content-Type", "").startswith("text/html")


def _expected(name: str, response: HttpResponse) -> dict[str, str | None]:
    is_there = response.status_code == 200
    is_framed = is_there and name in FRAMED
    policy = FRAMED_POLICY if is_framed else SANDBOXED if is_there and name in PICTURES else POLICY
    if name == "example_letters":
        # On a local site alone: each letter in a frame of its own.
        policy = examples.POLICY
    return EVERYWHERE | {
        "Permissions-Policy": PERMISSIONS_POLICY if _is_page(response) else None,
        "Content-Security-Policy": policy,
        "Cross-Origin-Resource-Policy": "cross-origin" if is_there and name in FETCHED else "same-origin",
        "X-Frame-Options": None if is_framed else "DENY",
    }


def test_every_answer_carries_them_and_no_page_has_anything_inline(world: World, https: None) -> None:
    wrong, pages = [], 0
    for name, response in _answers(world):
        expected = _expected(name, response)
        said = {header: response.headers.get(header) for header in expected}
        wrong += [f"{name}: {header}: {said[header]}" for header in said if said[header] != expected[header]]
        if _is_page(response) and not response.streaming:
            pages += 1
            wrong += [f"{name}: {found}" for found in INLINE.findall(response.content.decode())]
    assert wrong == []
    assert pages > 120


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    for word in ("unsafe-", "nonce-", "sha256-", "*", "http:", "https:", "blob:", "strict-dynamic"):
        assert word not in POLICY
    assert POLICY.startswith("default-src 'none'; ")
    assert FRAMED_POLICY.replace("frame-ancestors *", "frame-ancestors 'none'") == POLICY


def test_errors_carry_them_too(https: None) -> None:
    client = Client()
    for response in (client.get("/en/", headers={"host": "evil.example"}), client.post("/healthz", secure=True)):
        assert response.status_code >= 400
        assert response.headers["Content-Security-Policy"] == POLICY
        assert response.headers["Permissions-Policy"] == PERMISSIONS_POLICY


# What a browser says of where a form comes from, and whether it may be sent.
ORIGINS: list[tuple[dict[str, str], int]] = [
    ({"origin": "http://testserver"}, 302),
    # From a page under `no-referrer`, in a browser that says so in another header.
    ({"origin": "null", "sec-fetch-site": "same-origin"}, 302),
    ({"origin": "null"}, 403),
    ({"origin": "null", "sec-fetch-site": "same-site"}, 403),
    ({"origin": "null", "sec-fetch-site": "cross-site"}, 403),
    ({"origin": "null", "sec-fetch-site": "none"}, 403),
    ({"origin": "null", "sec-fetch-site": "same-origin, cross-site"}, 403),
    ({"origin": "https://evil.example", "sec-fetch-site": "same-origin"}, 403),
]


@pytest.mark.parametrize(("headers", "status"), ORIGINS, ids=str)
@pytest.mark.django_db
def test_a_form_is_taken_from_our_own_pages_only(headers: dict[str, str], status: int, fresh_limits: None) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/accounts/login/")
    form = {"email": "somebody@example.org", "csrfmiddlewaretoken": client.cookies["csrf"].value}
    assert client.post("/accounts/login/", form, headers=headers).status_code == status
    form["csrfmiddlewaretoken"] = "t" * 32
    assert client.post("/accounts/login/", form, headers=headers).status_code == 403


def test_a_browser_that_does_not_say_so_is_let_tell_us_our_own_origin(world: World) -> None:
    """In forms only: a page for everybody is the same for every browser."""
    tag = '<meta name="referrer" content="same-origin">'
    new: dict[str, str] = {"sec-fetch-site": "same-origin"}
    old: dict[str, str] = {}
    for path, is_form in (("/en/reminders/", True), ("/accounts/login/", True), ("/en/", False)):
        assert (tag in Client().get(path, headers=old).content.decode()) is is_form
        assert tag not in Client().get(path, headers=new).content.decode()
