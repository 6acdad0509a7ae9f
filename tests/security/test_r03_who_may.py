"""R3: who reaches which address, for every address of the site. One that is not in the table fails.

What may not be seen does not exist: 404, not 403. Whatever a GET refuses, a POST refuses as well and changes nothing.
"""

from http.cookies import SimpleCookie

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from organising import legal
from organising.models import LegalRecord
from tests.security.addresses import World, addresses
from tests.security.rows import checksum

# What the organisers write about the notice, and how pages name the state.
NOTE = "Aktenzeichen-Kanarienvogel-77"
DECIDED = (NOTE.encode(), b"Decided not to", b"We have decided not to")
LOG_IN = "log in"
THERE = "there"
ALL = {
    "anonymous",
    "organiser of it",
    "helper of it",
    "removed co-organiser",
    "organiser of another",
    "coordinator of Poland",
    "coordinator of Germany",
    "coordinator of German texts",
    "stand-in for Poland",
    "campaign admin",
    "staff without rights",
    "superuser",
}
SIGNED_IN = ALL - {"anonymous"}
# The stand-in covers for a colleague on holiday, with the same rights.
MODERATORS = {
    "coordinator of Poland",
    "coordinator of Germany",
    # Of the same country, for submissions in a language that this one is not written in.
    "coordinator of German texts",
    "stand-in for Poland",
    "campaign admin",
    "superuser",
}
MODERATORS_OF_ITS_COUNTRY = MODERATORS - {"coordinator of Germany"}
MODERATORS_OF_IT = MODERATORS_OF_ITS_COUNTRY - {"coordinator of German texts"}

# Who reaches it; everybody else gets what stands second: the way to the log-in, or a status.
Row = tuple[set[str], str | int]
PUBLIC: Row = (ALL, 404)
# Whoever has the link from the mail; the tokens are tried below.
BY_LINK: Row = (ALL, 404)
OWN: Row = (SIGNED_IN, LOG_IN)
# Whoever runs it: helpers read of a protest only what is HELPED, and of the rest they know that it is there.
ORGANISERS: Row = ({"organiser of it"}, 404)
HELPED: Row = ({"organiser of it", "helper of it"}, 404)
# It speaks for the collective that hosts it, too.
MEMBERS: Row = ({"organiser of it"}, 404)
IN_THE_QUEUE: Row = (MODERATORS, 404)
DECIDES: Row = (MODERATORS_OF_IT, 404)
# What belongs to a country and is no submission: languages do not matter.
DECIDES_ON_COUNTRY: Row = (MODERATORS_OF_ITS_COUNTRY, 404)
BROWSER_THAT_REGISTERED: Row = (set(), 404)
STAFF: Row = ({"staff without rights", "superuser"}, LOG_IN)
SUPERUSER: Row = ({"superuser"}, 403)
# Whoever is logged in and may not enter is told so instead of being asked to log in again.
ENTRANCE: Row = (STAFF[0], 403)
NOBODY: Row = (set(), 403)

TABLE: dict[str, Row] = {
    **dict.fromkeys(["front_door", "healthz", "readyz", "robots"], PUBLIC),
    # Whoever holds METRICS_TOKEN; nobody in a browser (tests/noborder/test_metrics.py).
    "metrics": (set(), 404),
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
    **dict.fromkeys(["events:write_to_organisers", "events:written_to_organisers"], PUBLIC),
    **dict.fromkeys(["events:report", "events:reported", "events:country_rules"], PUBLIC),
    **dict.fromkeys(["events:sign_on", "events:thread"], BY_LINK),
    "organising:picture": HELPED,
    "moderation:picture": DECIDES,
    **dict.fromkeys(["events:poster", "events:leaflet", "events:card"], PUBLIC),
    **dict.fromkeys(["events:country_poster", "events:country_card", "events:campaign_card"], PUBLIC),
    **dict.fromkeys(["events:register_code", "events:register_done"], BROWSER_THAT_REGISTERED),
    **dict.fromkeys(["reminders:subscribe", "reminders:subscribed", "reminders:left"], PUBLIC),
    **dict.fromkeys(["reminders:confirm", "reminders:leave", "reminders:one_click", "reminders:manage"], BY_LINK),
    "reminders:data": BY_LINK,
    **dict.fromkeys(["account_my_data", "account_my_data_file", "account_erase_me", "account_stay_here"], OWN),
    **dict.fromkeys(["account_erased", "events:deleted"], PUBLIC),
    "account_stay": BY_LINK,
    **dict.fromkeys(["account_login", "account_confirm_login_code", "account_logout"], PUBLIC),
    "account_inactive": NOBODY,
    "mfa_authenticate": PUBLIC,
    **dict.fromkeys(["account_unsent", "mfa_index", "mfa_reauthenticate", "mfa_activate_totp"], OWN),
    **dict.fromkeys(["mfa_add_webauthn", "mfa_view_recovery_codes"], OWN),
    # The app of one coordinator. The organisers have shown no second factor, and are asked who they are first.
    "mfa_remove": (
        {"coordinator of Poland", "organiser of it", "helper of it", "removed co-organiser", "organiser of another"},
        404,
    ),
    # Only there for minutes, in the session that made new codes.
    "mfa_download_recovery_codes": (set(), 404),
    "demo_codes": PUBLIC,
    **dict.fromkeys(["account_settings", "account_logout_everywhere", "organising:dashboard"], OWN),
    "organising:protest": HELPED,
    **dict.fromkeys(["organising:edit", "organising:withdraw", "organising:cancel"], ORGANISERS),
    **dict.fromkeys(["organising:schedule", "organising:publish", "organising:duplicate"], ORGANISERS),
    **dict.fromkeys(["organising:new_draft", "organising:import"], OWN),
    # Their own, whatever protest they have to do with.
    **dict.fromkeys(["organising:draft", "organising:delete_draft", "organising:imported"], ({"organiser of it"}, 404)),
    **dict.fromkeys(["organising:confirm_still_on", "organising:confirm_edit"], ORGANISERS),
    "organising:rules": ORGANISERS,
    "organising:messages": ORGANISERS,
    **dict.fromkeys(["organising:still_on", "organising:invitation"], BY_LINK),
    **dict.fromkeys(["organising:people", "organising:organiser", "organising:change_invitation"], ORGANISERS),
    "organising:support": ORGANISERS,
    "organising:leave": HELPED,
    **dict.fromkeys(["organising:collectives", "organising:found_collective"], OWN),
    **dict.fromkeys(["organising:collective", "organising:edit_collective", "organising:member"], MEMBERS),
    **dict.fromkeys(["organising:member_invitation", "organising:leave_collective"], MEMBERS),
    "events:collective": PUBLIC,
    **dict.fromkeys(["organising:shifts", "organising:shift_sheet"], HELPED),
    **dict.fromkeys(["organising:add_shift", "organising:change_shift", "organising:enough_for_shift"], ORGANISERS),
    **dict.fromkeys(["organising:remove_shift", "organising:remove_helper"], ORGANISERS),
    **dict.fromkeys(["helping:help", "helping:sent", "helping:left"], PUBLIC),
    **dict.fromkeys(["helping:take", "helping:shifts", "helping:leave"], BY_LINK),
    **dict.fromkeys(["organising:letters", "organising:letter_of_visitor", "organising:unblock_sender"], ORGANISERS),
    **dict.fromkeys(["organising:day_sheet", "organising:day_sheet_pdf"], HELPED),
    "organising:edit_day_sheet": ORGANISERS,
    # A script that is the same for every sheet and names none.
    "organising:day_sheet_worker": OWN,
    "events:rights_card": PUBLIC,
    **dict.fromkeys(["organising:announcements", "organising:announcement"], ORGANISERS),
    "organising:announcement_new": ORGANISERS,
    "moderation:announcements": IN_THE_QUEUE,
    "moderation:decide_on_announcement": DECIDES,
    "reminders:coming": BY_LINK,
    **dict.fromkeys(["organising:still_on", "organising:report_by_link", "organising:report_picture"], BY_LINK),
    "organising:report": ORGANISERS,
    **dict.fromkeys(["moderation:queue", "moderation:protests"], IN_THE_QUEUE),
    **dict.fromkeys(["moderation:sign_ons", "moderation:letters"], IN_THE_QUEUE),
    **dict.fromkeys(["moderation:overview", "moderation:overview_list"], IN_THE_QUEUE),
    "moderation:decisions_csv": ({"campaign admin", "superuser"}, 404),
    "moderation:decide_on_sign_on": DECIDES_ON_COUNTRY,
    "moderation:collectives": IN_THE_QUEUE,
    "moderation:decide_on_collective": DECIDES_ON_COUNTRY,
    **dict.fromkeys(["moderation:cards", "moderation:rules"], IN_THE_QUEUE),
    "moderation:rule": DECIDES_ON_COUNTRY,
    **dict.fromkeys(["moderation:country_cards", "moderation:card"], DECIDES_ON_COUNTRY),
    "moderation:after_reports": IN_THE_QUEUE,
    "moderation:decide_on_after_report": DECIDES,
    "moderation:me": IN_THE_QUEUE,
    **dict.fromkeys(["moderation:people", "moderation:appoint"], ({"campaign admin", "superuser"}, 404)),
    "moderation:person": ({"campaign admin", "superuser"}, 404),
    "moderation:account": DECIDES,
    "moderation:reports": IN_THE_QUEUE,
    "moderation:decide_on_reports": DECIDES,
    **dict.fromkeys(
        ["moderation:next", "moderation:pulse", "moderation:bulk", "moderation:reject_alike"], IN_THE_QUEUE
    ),
    **dict.fromkeys(["moderation:claim", "moderation:undo", "moderation:untrust"], DECIDES),
    "moderation:letter": ({"campaign admin", "superuser"}, 404),
    **dict.fromkeys(["moderation:reported_letters", "moderation:blocked_senders"], IN_THE_QUEUE),
    **dict.fromkeys(["moderation:reported_letter", "moderation:unblock_everywhere"], DECIDES),
    **dict.fromkeys(["moderation:revision", "moderation:decide", "moderation:preview", "moderation:beside"], DECIDES),
    **dict.fromkeys(["moderation:protest", "moderation:decide_on_protest"], DECIDES),
    **dict.fromkeys(["moderation:merge", "moderation:hand_over", "moderation:messages"], DECIDES),
    # The mailbox of a local site; in production it does not exist, see below.
    **dict.fromkeys(["outbox:landed", "example_letters"], PUBLIC),
    **dict.fromkeys(["outbox:mail", "outbox:mail_html", "example_letter", "example_letter_html"], (set(), 404)),
    **dict.fromkeys(["admin/login/", "admin:login"], ENTRANCE),
    **dict.fromkeys(["admin:index", "admin:jsi18n", "admin:password_change", "admin:password_change_done"], STAFF),
    "admin:logout": PUBLIC,
    "admin:app_list": ({"superuser"}, 404),
    "admin:autocomplete": NOBODY,
    **dict.fromkeys(["admin:post_office", "admin:rehearsal"], SUPERUSER),
    **dict.fromkeys(["admin:view_on_site", "admin/(?P<url>.*)$"], (set(), 404)),
}
# What a superuser may open of each table in /admin/; all others may open nothing.
READ: list[str] = ["changelist", "change", "history"]
ADMIN: dict[str, list[str]] = {
    "accounts_auditentry": READ,
    "accounts_user": [*READ, "add"],
    "auth_group": [*READ, "add", "delete"],
    "events_blockedterm": [*READ, "add", "delete"],
    "events_campaign": [*READ, "add"],
    "events_city": READ,
    "events_coordinator": READ,
    "events_decision": READ,
    "events_event": READ,
    "events_eventchange": READ,
    "events_revision": READ,
    "moderation_reasontemplate": [*READ, "add", "delete"],
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


def _ask(client: Client, path: str) -> tuple[HttpResponse, bytes]:
    """The answer to a GET or, where only that is taken, to a POST, and its body; neither leaves a trace."""
    cookies = SimpleCookie(client.cookies)
    with transaction.atomic():
        answer = client.get(path)
        if answer.status_code == 405:
            answer = client.post(path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer, body


def _expected(role: str, name: str) -> str | int:
    who, otherwise = TABLE[name]
    if role in who:
        return THERE
    if role == "helper of it" and TABLE[name] is ORGANISERS:
        return 403
    is_behind_log_in = (
        name.startswith(("admin:", "admin/", "organising:", "moderation:", "mfa_")) or otherwise == LOG_IN
    )
    if role == "anonymous" and is_behind_log_in:
        return LOG_IN
    if name.startswith(("admin:", "admin/")) and role not in STAFF[0] and TABLE[name] != ENTRANCE:
        return LOG_IN
    return otherwise


@pytest.mark.parametrize("role", sorted(ALL))
def test_who_reaches_what(role: str, world: World) -> None:
    """Nor is what the organisers decided about their notice told anywhere, page or table, but to them on its page."""
    legal.settle(world.event, LegalRecord.State.DECIDED_NOT_TO, NOTE, by=world.people["organiser of it"])
    client, wrong, telling = world.client(role), [], []
    for address in addresses():
        path, expected = world.path(address), _expected(role, address.name)
        answer, body = _ask(client, path)
        if (seen := _seen(answer)) != expected:
            wrong.append(f"{address.name} {path}: {seen} instead of {expected}")
        if any(words in body for words in DECIDED):
            telling.append(address.name)
    assert wrong == []
    assert telling == (["organising:rules"] if role == "organiser of it" else [])


@pytest.mark.parametrize("role", sorted(ALL))
def test_what_may_not_be_seen_may_not_be_done(role: str, world: World) -> None:
    client = world.client(role)
    before = checksum()
    forbidden = [address for address in addresses() if _expected(role, address.name) != THERE]
    for address in forbidden:
        for verb in ("approve", "hide"):
            client.post(world.path(address), {"verb": verb, "reason": "x", "cancel_reason": "x", "post": "yes"})
    assert checksum() == before


@pytest.mark.parametrize("name", ["take", "shifts", "leave"])
def test_a_link_to_shifts_opens_only_what_it_was_made_for(name: str, world: World) -> None:
    address = next(a for a in addresses() if a.name == f"helping:{name}")
    key = "helping:leave" if name == "leave" else name
    right = world.tokens[key]
    others = [token for token in world.tokens.values() if token != right]
    before = checksum()
    for token in [*others, right[:-1], right + "x", right.swapcase(), "x", ":", "::"]:
        world.tokens[key] = token
        assert Client().get(world.path(address)).status_code == 404
        assert Client().post(world.path(address), {"do": "leave_all"}).status_code == 404
    assert checksum() == before


@pytest.mark.parametrize("name", ["confirm", "leave", "one_click", "manage", "coming"])
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
    shown = ("/mailbox/letters/", "/mailbox/letters/code-login/", "/mailbox/letters/code-login/html/")
    for path in ("/mailbox/", "/mailbox/mail/", "/mailbox/mail/html/", *shown):
        assert world.client("superuser").get(path).status_code == 404
