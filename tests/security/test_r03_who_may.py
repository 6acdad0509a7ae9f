"""R3: who reaches which address, for every address of the site. One that is not in the table fails.

What may not be seen does not exist: 404, not 403. Whatever a GET refuses, a POST refuses as well and changes nothing.
"""

from http.cookies import SimpleCookie

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from tests.security.addresses import World, addresses
from tests.security.rows import checksum

LOG_IN = "log in"
THERE = "there"
ALL = {
    "anonymous",
    "organiser of it",
    "organiser of another",
    "coordinator of Poland",
    "coordinator of Germany",
    "campaign admin",
    "staff without rights",
    "superuser",
}
SIGNED_IN = ALL - {"anonymous"}
MODERATORS = {"coordinator of Poland", "coordinator of Germany", "campaign admin", "superuser"}
MODERATORS_OF_IT = MODERATORS - {"coordinator of Germany"}

# Who reaches it; everybody else gets what stands second: the way to the log-in, or a status.
Row = tuple[set[str], str | int]
PUBLIC: Row = (ALL, 404)
# Whoever has the link from the mail; the tokens are tried below.
BY_LINK: Row = (ALL, 404)
OWN: Row = (SIGNED_IN, LOG_IN)
ORGANISERS: Row = ({"organiser of it"}, 404)
IN_THE_QUEUE: Row = (MODERATORS, 404)
DECIDES: Row = (MODERATORS_OF_IT, 404)
BROWSER_THAT_REGISTERED: Row = (set(), 404)
STAFF: Row = ({"staff without rights", "superuser"}, LOG_IN)
SUPERUSER: Row = ({"superuser"}, 403)
# Whoever is logged in and may not enter is told so instead of being asked to log in again.
ENTRANCE: Row = (STAFF[0], 403)
NOBODY: Row = (set(), 403)

TABLE: dict[str, Row] = {
    **dict.fromkeys(["front_door", "healthz", "readyz", "robots"], PUBLIC),
    **dict.fromkeys(["sitemap", "sitemap_pages", "sitemap_protests"], PUBLIC),
    **dict.fromkeys(["feeds:all", "feeds:all_atom", "feeds:all_json"], PUBLIC),
    **dict.fromkeys(["feeds:country", "feeds:country_atom", "feeds:country_json"], PUBLIC),
    **dict.fromkeys(["feeds:city", "feeds:city_atom", "feeds:city_json"], PUBLIC),
    **dict.fromkeys(["embed:all", "embed:country", "embed:city", "events:embed_code"], PUBLIC),
    **dict.fromkeys(["events:landing", "events:countries", "events:country", "events:city", "events:protests"], PUBLIC),
    **dict.fromkeys(["events:protest", "events:protest_ics", "events:protest_short"], PUBLIC),
    **dict.fromkeys(["events:archive", "events:archive_edition", "events:call", "events:about"], PUBLIC),
    **dict.fromkeys(["events:privacy", "events:register", "picture"], PUBLIC),
    **dict.fromkeys(["events:appeal", "events:dossier", "events:numbers", "events:links"], PUBLIC),
    **dict.fromkeys(["events:sign", "events:signed", "events:contact", "events:contact_sent"], PUBLIC),
    **dict.fromkeys(["events:sign_on", "events:thread"], BY_LINK),
    "organising:picture": ORGANISERS,
    "moderation:picture": DECIDES,
    **dict.fromkeys(["events:poster", "events:leaflet", "events:card"], PUBLIC),
    **dict.fromkeys(["events:country_poster", "events:country_card", "events:campaign_card"], PUBLIC),
    **dict.fromkeys(["events:register_code", "events:register_done"], BROWSER_THAT_REGISTERED),
    **dict.fromkeys(["reminders:subscribe", "reminders:subscribed", "reminders:left"], PUBLIC),
    **dict.fromkeys(["reminders:confirm", "reminders:leave", "reminders:one_click", "reminders:manage"], BY_LINK),
    **dict.fromkeys(["account_login", "account_confirm_login_code", "account_logout"], PUBLIC),
    "account_inactive": NOBODY,
    **dict.fromkeys(["account_settings", "account_logout_everywhere", "organising:dashboard"], OWN),
    **dict.fromkeys(["organising:protest", "organising:edit", "organising:withdraw", "organising:cancel"], ORGANISERS),
    **dict.fromkeys(["moderation:queue", "moderation:protests"], IN_THE_QUEUE),
    **dict.fromkeys(["moderation:sign_ons", "moderation:letters"], IN_THE_QUEUE),
    "moderation:decide_on_sign_on": DECIDES,
    "moderation:letter": ({"campaign admin", "superuser"}, 404),
    **dict.fromkeys(["moderation:revision", "moderation:decide"], DECIDES),
    **dict.fromkeys(["moderation:protest", "moderation:decide_on_protest"], DECIDES),
    # The mailbox of a local site; in production it does not exist, see below.
    **dict.fromkeys(["outbox:landed"], PUBLIC),
    **dict.fromkeys(["outbox:mail", "outbox:mail_html"], (set(), 404)),
    **dict.fromkeys(["admin/login/", "admin:login"], ENTRANCE),
    **dict.fromkeys(["admin:index", "admin:jsi18n", "admin:password_change", "admin:password_change_done"], STAFF),
    "admin:logout": PUBLIC,
    "admin:app_list": ({"superuser"}, 404),
    "admin:autocomplete": NOBODY,
    **dict.fromkeys(["admin:view_on_site", "admin/(?P<url>.*)$"], (set(), 404)),
}
# What a superuser may open of each table in /admin/; all others may open nothing.
READ: list[str] = ["changelist", "change", "history"]
ADMIN: dict[str, list[str]] = {
    "accounts_auditentry": READ,
    "accounts_user": [*READ, "add"],
    "auth_group": [*READ, "add", "delete"],
    "events_campaign": [*READ, "add"],
    "events_city": READ,
    "events_coordinator": [*READ, "add", "delete"],
    "events_decision": READ,
    "events_event": READ,
    "events_eventchange": READ,
    "events_revision": READ,
    "outbox_delivery": READ,
    "outbox_recipient": READ,
}
for _model, _verbs in ADMIN.items():
    TABLE["admin/{}/{}/<path:object_id>/".format(*_model.split("_"))] = STAFF
    for _verb in ("changelist", "change", "history", "add", "delete"):
        TABLE[f"admin:{_model}_{_verb}"] = SUPERUSER if _verb in _verbs else NOBODY


def test_every_address_has_a_row() -> None:
    assert {address.name for address in addresses()} == set(TABLE)


def _is_way_to_log_in(response: HttpResponse) -> bool:
    return response.status_code == 302 and "/login/?next=" in response["Location"]


def _seen(response: HttpResponse) -> str | int:
    """What a visitor got: a page (or the way on), the log-in, or a refusal."""
    if _is_way_to_log_in(response):
        return LOG_IN
    return THERE if response.status_code < 400 or response.status_code == 405 else response.status_code


def _ask(client: Client, path: str) -> tuple[HttpResponse, HttpResponse]:
    """A GET, and a POST that leaves no trace."""
    cookies = SimpleCookie(client.cookies)
    with transaction.atomic():
        answers = client.get(path), client.post(path)
        transaction.set_rollback(True)
    client.cookies = cookies
    return answers


def _expected(role: str, name: str) -> str | int:
    who, otherwise = TABLE[name]
    if role in who:
        return THERE
    is_behind_log_in = name.startswith(("admin:", "admin/", "organising:", "moderation:")) or otherwise == LOG_IN
    if role == "anonymous" and is_behind_log_in:
        return LOG_IN
    if name.startswith(("admin:", "admin/")) and role not in STAFF[0] and TABLE[name] != ENTRANCE:
        return LOG_IN
    return otherwise


@pytest.mark.parametrize("role", sorted(ALL))
def test_who_reaches_what(role: str, world: World) -> None:
    client, wrong = world.client(role), []
    for address in addresses():
        path, expected = world.path(address), _expected(role, address.name)
        read, written = _ask(client, path)
        seen = _seen(read if read.status_code != 405 else written)
        if seen != expected:
            wrong.append(f"{address.name} {path}: {seen} instead of {expected}")
    assert wrong == []


@pytest.mark.parametrize("role", sorted(ALL))
def test_what_may_not_be_seen_may_not_be_done(role: str, world: World) -> None:
    client = world.client(role)
    before = checksum()
    forbidden = [address for address in addresses() if _expected(role, address.name) != THERE]
    for address in forbidden:
        for verb in ("approve", "hide"):
            client.post(world.path(address), {"verb": verb, "reason": "x", "cancel_reason": "x", "post": "yes"})
    assert checksum() == before


@pytest.mark.parametrize("name", ["confirm", "leave", "one_click", "manage"])
def test_a_link_opens_only_what_it_was_made_for(name: str, world: World) -> None:
    address = next(a for a in addresses() if a.name == f"reminders:{name}")
    right = world.tokens[name]
    others = [token for other, token in world.tokens.items() if {other, name} != {"leave", "one_click"}]
    wrong = [token for token in others if token != right]
    wrong += [right[:-1], right + "x", right.swapcase(), "x" + right, right.replace(":", "::", 1), "x", ":", "::"]
    before = checksum()
    for token in wrong:
        world.tokens[name] = token
        assert Client().post(world.path(address), {"do": "leave_all"}).status_code == 404
        if name != "one_click":
            assert Client().get(world.path(address)).status_code == 404
    assert checksum() == before


def test_the_browser_that_registered_reaches_its_registration(world: World) -> None:
    path = f"/en/register/{world.registration.key}/"
    assert world.browser_that_registered().get(path).url == f"{path}code/"


def test_the_mailbox_does_not_exist_in_production(world: World, settings: Settings) -> None:
    settings.MODE = "production"
    for path in ("/mailbox/", "/mailbox/mail/", "/mailbox/mail/html/"):
        assert world.client("superuser").get(path).status_code == 404
