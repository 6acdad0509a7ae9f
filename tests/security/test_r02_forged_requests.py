"""R2: no address changes anything by GET or HEAD, nor by a POST that another site can make a browser send.

CHANGES says what a button of each page sends. An address that takes a POST and is not in it fails; so does a row whose
own button changes nothing, since it would prove nothing.
"""

from collections.abc import Iterator
from http.cookies import SimpleCookie
from uuid import UUID

import pytest
from django.db import transaction
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
    "moderation:account": (MODERATOR, {"do": "sent", "reason": "Why not"}),
    "moderation:messages": (MODERATOR, {"message": "Where does it begin?", "key": str(UUID(int=1))}),
    "organising:messages": (ORGANISER, {"message": "At the station.", "key": str(UUID(int=2))}),
    "moderation:next": (MODERATOR, {}),
    "moderation:claim": (MODERATOR, {"do": "claim"}),
    "moderation:decide_on_protest": (MODERATOR, {"verb": "hide", "reason": "Why not"}),
    "events:sign_on": ("anonymous", {"do": "confirm"}),
    "moderation:decide_on_reports": (MODERATOR, {"verb": "hide", "reason": "Why not"}),
    "moderation:decide_on_sign_on": (MODERATOR, {"verb": "refuse", "reason": "Why not"}),
    "moderation:rule": (
        MODERATOR,
        {
            "seen": "none",
            "duty": "notify",
            "anchor": "start",
            "confidence": "low",
            "source": "A law",
            "checked_on": "2027-09-01",
            "default_disclosure": "public",
        },
    ),
    "moderation:card": (MODERATOR, {"do": "take_back"}),
    "organising:edit_day_sheet": (ORGANISER, {"number": "0", "roles": "sound: M."}),
    "moderation:decide_on_after_report": (MODERATOR, {"verb": "refuse", "reason": "Why not", "number": "2"}),
    "moderation:decide_on_collective": (MODERATOR, {"verb": "approve", "number": "1"}),
    "moderation:letter": (MODERATOR, {"do": "set_aside"}),
    "moderation:reported_letter": (MODERATOR, {"do": "set_aside"}),
    "moderation:unblock_everywhere": (MODERATOR, {}),
    "moderation:me": (MODERATOR, {"do": "mails", "digest": "daily", "alert_hours": "6"}),
    "moderation:appoint": (MODERATOR, {"address": "new@example.org", "role": "admin"}),
    "moderation:person": (MODERATOR, {"do": "remove"}),
    "moderation:decide_on_announcement": (MODERATOR, {"verb": "refuse", "reason": "Why not", "version": "1"}),
    "organising:announcement": (ORGANISER, {"do": "send", "version": "1"}),
    "reminders:coming": ("anonymous", {"do": "coming"}),
    "organising:duplicate": (ORGANISER, {}),
    "organising:new_draft": (ORGANISER, {"title": "Later"}),
    "organising:delete_draft": (ORGANISER, {}),
    "organising:draft": (ORGANISER, {"save": "1", "title": "Later"}),
    "organising:imported": (ORGANISER, {}),
    "organising:cancel": (ORGANISER, {"cancel_reason": "Rain"}),
    "organising:letter_of_visitor": (ORGANISER, {"do": "set_aside"}),
    "organising:unblock_sender": (ORGANISER, {}),
    "organising:withdraw": (ORGANISER, {}),
    "organising:people": (ORGANISER, {"do": "link", "role": "helper"}),
    "organising:organiser": (ORGANISER, {"do": "remove"}),
    "organising:change_invitation": (ORGANISER, {"do": "revoke"}),
    "organising:invitation": ("organiser of another", {}),
    "organising:found_collective": (ORGANISER, {"name": "New", "country": "PL", "language": "en"}),
    "organising:collective": (ORGANISER, {"do": "link", "role": "member"}),
    "organising:edit_collective": (ORGANISER, {"name": "Other", "language": "en"}),
    "organising:member": (ORGANISER, {"do": "remove"}),
    "organising:member_invitation": (ORGANISER, {"do": "revoke"}),
    "helping:take": ("anonymous", {}),
    "helping:leave": ("anonymous", {}),
    "helping:shifts": ("anonymous", {"do": "leave_all"}),
    "organising:enough_for_shift": (ORGANISER, {}),
    "organising:remove_shift": (ORGANISER, {}),
    "organising:remove_helper": (ORGANISER, {}),
    "organising:rules": (ORGANISER, {"do": "record", "state": "notified"}),
    "reminders:confirm": ("anonymous", {}),
    "account_stay": ("anonymous", {}),
    "reminders:leave": ("anonymous", {}),
    "reminders:manage": ("anonymous", {"do": "leave_all"}),
    "reminders:subscribe": ("anonymous", {"email": "new@example.org"}),
    EXEMPT: ("anonymous", {}),
}
# They take a POST too; what they change is shown where a whole form or a code is at hand.
SHOWN_ELSEWHERE = {
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_remove",
    "mfa_view_recovery_codes",
    "events:register",
    "moderation:bulk",
    "moderation:reject_alike",
    "moderation:undo",
    "moderation:untrust",
    "events:sign",
    "events:contact",
    "events:thread",
    "events:report",
    "helping:help",
    "organising:add_shift",
    "organising:change_shift",
    "events:write_to_organisers",
    "organising:announcement_new",
    "organising:edit",
    "organising:import",
    "organising:schedule",
    "organising:publish",
    "organising:report",
    "organising:report_by_link",
    "organising:still_on",
    "organising:support",
    "organising:leave",
    "organising:leave_collective",
    "organising:confirm_still_on",
    "organising:confirm_edit",
    "moderation:beside",
    "moderation:merge",
    "moderation:hand_over",
    "account_confirm_login_code",
    "account_logout",
    "account_erase_me",
    "account_stay_here",
}
TOKEN = "t" * 32


def _browser(world: World, who: str) -> Client:
    """With the cookie of a token, which another site can neither read nor send back in the form."""
    is_own = who == BROWSER
    client = world.browser_that_registered(checks_csrf=True) if is_own else world.client(who, checks_csrf=True)
    client.cookies["csrf"] = TOKEN
    return client


def batched(known: list[Address], size: int = 20) -> Iterator[list[Address]]:
    """Reading every row of the database takes as long as a page does: once for so many."""
    for start in range(0, len(known), size):
        yield known[start : start + size]


def _is_admin(address: Address) -> bool:
    return address.route.startswith("admin/")


@pytest.mark.parametrize("role", [MODERATOR, ORGANISER, "anonymous"])
def test_looking_changes_nothing(role: str, world: World) -> None:
    client = world.client(role)
    before = checksum()
    for some in batched(addresses()):
        for address in some:
            for look in (client.get, client.head):
                look(world.path(address), {"verb": "hide", "do": "leave_all", "resend": "1", "post": "yes"})
        assert checksum() == before, f"one of {[address.name for address in some]}"


@pytest.mark.parametrize("role", [MODERATOR, ORGANISER, "anonymous"])
def test_no_post_without_a_token_changes_anything(role: str, world: World) -> None:
    client = _browser(world, role)
    before = checksum()
    for some in batched([address for address in addresses() if address.name != EXEMPT]):
        for address in some:
            _who, data = CHANGES.get(address.name, (role, {"post": "yes"}))
            response = client.post(world.path(address), data)
            # A page that does not exist is not there for a POST either.
            assert response.status_code in {403, 404, 405}, f"{address.name}: {response.status_code}"
        assert checksum() == before, f"one of {[address.name for address in some]}"


def test_every_address_that_takes_a_post_is_known(world: World) -> None:
    """Whoever may do everything, with a browser that asks for no token."""
    taking = [address for address in addresses() if not _is_admin(address)]
    taken = set()
    for who in ("anonymous", ORGANISER, MODERATOR):
        client = world.client(who)
        cookies = client.cookies
        for address in taking:
            client.cookies = SimpleCookie(cookies)
            with transaction.atomic():
                response = client.post(world.path(address))
                transaction.set_rollback(True)
            if response.status_code not in {404, 405} and "/login/?next=" not in response.headers.get("Location", ""):
                taken.add(address.name)
    assert taken - CHANGES.keys() - SHOWN_ELSEWHERE == set()


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
