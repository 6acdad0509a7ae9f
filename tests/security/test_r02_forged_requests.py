"""R2: no address changes anything by GET or HEAD, nor by a POST that another site can make a browser send.

CHANGES says what a button of each page sends. An address that takes a POST and is not in it fails; so does a row whose
own button changes nothing, since it would prove nothing.
"""

import pytest
from django.test import Client

from tests.security.addresses import Address, World, addresses
from tests.security.rows import checksum

# Needs its signed token, and no cookie (RFC 8058).
EXEMPT = "reminders:one_click"
MODERATOR, ORGANISER, BROWSER = "superuser", "organiser of it", "browser that registered"
CHANGES: dict[str, tuple[str, dict[str, str]]] = {
    "account_login": ("anonymous", {"email": "nobody@example.org"}),
    "account_settings": (ORGANISER, {"language": "pl"}),
    "account_logout_everywhere": (ORGANISER, {}),
    "events:register_code": (BROWSER, {"resend": "1"}),
    "moderation:decide": (MODERATOR, {"verb": "reject", "reason": "Why not"}),
    "moderation:decide_on_protest": (MODERATOR, {"verb": "hide", "reason": "Why not"}),
    "events:sign_on": ("anonymous", {"do": "confirm"}),
    "moderation:decide_on_sign_on": (MODERATOR, {"verb": "refuse", "reason": "Why not"}),
    "moderation:letter": (MODERATOR, {"do": "set_aside"}),
    "organising:cancel": (ORGANISER, {"cancel_reason": "Rain"}),
    "organising:withdraw": (ORGANISER, {}),
    "reminders:confirm": ("anonymous", {}),
    "reminders:leave": ("anonymous", {}),
    "reminders:manage": ("anonymous", {"do": "leave_all"}),
    "reminders:subscribe": ("anonymous", {"email": "new@example.org"}),
    EXEMPT: ("anonymous", {}),
}
# They take a POST too; what they change is shown where a whole form or a code is at hand.
SHOWN_ELSEWHERE = {
    "events:register",
    "events:sign",
    "events:contact",
    "events:thread",
    "organising:edit",
    "account_confirm_login_code",
    "account_logout",
}
TOKEN = "t" * 32


def _browser(world: World, who: str) -> Client:
    """With the cookie of a token, which another site can neither read nor send back in the form."""
    is_own = who == BROWSER
    client = world.browser_that_registered(checks_csrf=True) if is_own else world.client(who, checks_csrf=True)
    client.cookies["csrf"] = TOKEN
    return client


def _is_admin(address: Address) -> bool:
    return address.route.startswith("admin/")


@pytest.mark.parametrize("role", [MODERATOR, ORGANISER, "anonymous"])
def test_looking_changes_nothing(role: str, world: World) -> None:
    client = world.client(role)
    before = checksum()
    for address in addresses():
        for look in (client.get, client.head):
            look(world.path(address), {"verb": "hide", "do": "leave_all", "resend": "1", "post": "yes"})
        assert checksum() == before, address.name


@pytest.mark.parametrize("role", [MODERATOR, ORGANISER, "anonymous"])
def test_no_post_without_a_token_changes_anything(role: str, world: World) -> None:
    client = _browser(world, role)
    before = checksum()
    for address in addresses():
        if address.name == EXEMPT:
            continue
        _who, data = CHANGES.get(address.name, (role, {"post": "yes"}))
        response = client.post(world.path(address), data)
        # A page that does not exist is not there for a POST either.
        assert response.status_code in {403, 404, 405}, f"{address.name}: {response.status_code}"
        assert checksum() == before, address.name


def test_every_address_that_takes_a_post_is_known(world: World) -> None:
    """Whoever may do everything, with a browser that asks for no token."""
    for address in addresses():
        if _is_admin(address):
            continue
        for who in ("anonymous", ORGANISER, MODERATOR):
            response = world.client(who).post(world.path(address))
            if response.status_code not in {404, 405} and "/login/?next=" not in response.headers.get("Location", ""):
                assert address.name in CHANGES.keys() | SHOWN_ELSEWHERE, address.name


@pytest.mark.parametrize("name", CHANGES)
def test_the_button_changes_something_and_a_forged_one_nothing(name: str, world: World) -> None:
    who, data = CHANGES[name]
    path = world.path(next(address for address in addresses() if address.name == name))
    client = _browser(world, who)
    with_token = {**data, "csrfmiddlewaretoken": TOKEN}
    before = checksum()
    if name != EXEMPT:
        forged = [
            client.post(path, data),
            client.post(path, {**data, "csrfmiddlewaretoken": "u" * 32}),
            client.post(path, with_token, headers={"origin": "https://evil.example"}),
            client.post(path, with_token, headers={"origin": "null"}),
        ]
        assert {response.status_code for response in forged} == {403}
        assert checksum() == before
    assert client.post(path, with_token).status_code < 400
    assert checksum() != before
