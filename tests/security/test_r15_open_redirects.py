"""R15: whatever stands in an address or a form, no answer leads away from the site."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from tests.security.addresses import World, addresses, whose

# All of them lead away in some browser.
AWAY = [
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "///evil.example",
    "https://testserver@evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "\t//evil.example",
    "/\t/evil.example",
]
NAMES = ("next", "then", "url", "to", "back", "return", "page", "path", "from", "redirect_to", "continue")


def _targets(response: HttpResponse) -> Iterator[str]:
    """Where the answer sends the browser, or offers to go with the next button."""
    if "Location" in response.headers:
        yield response.headers["Location"]
    if not response.streaming and response.headers.get("Content-Type", "").startswith("text/html"):
        yield from re.findall(r'<form[^>]* action="([^"]*)"', response.content.decode())


def _is_away(target: str) -> bool:
    """As browsers read it: backslashes are slashes, and blanks are not there."""
    read = re.sub(r"[\t\r\n]", "", target.strip()).replace("\\", "/")
    if re.match(r"(?:https?:)?/{3,}", read):
        return True
    parts = urlsplit(urljoin("http://testserver/page/", read))
    return parts.scheme not in {"http", "https"} or parts.hostname not in {"testserver", "localhost"}


def test_what_browsers_take_for_another_site() -> None:
    assert all(map(_is_away, AWAY))
    assert not any(map(_is_away, ["/organise/", "", "?a=b", "http://testserver/", "/en/protests/?q=//x"]))


def test_no_answer_leads_away(world: World, is_long: bool) -> None:
    wrong, led = [], 0
    clients = {role: world.client(role) for role in set(map(whose, addresses()))}
    for number, address in enumerate(addresses()):
        client = clients[whose(address)]
        # In the short run an address meets one of them, if at all; the log-in, which knows `next`, all.
        is_log_in = "log" in address.name or address.name.startswith("mfa_")
        forms = AWAY if is_long or is_log_in else AWAY[number % 40 : number % 40 + 1]
        for place in forms:
            for response in _asked(client, world.path(address), place):
                targets = list(_targets(response))
                led += len(targets)
                wrong += [f"{address.name}: {place!r}: {target}" for target in targets if _is_away(target)]
    assert wrong == []
    assert led > 50


def _asked(client: Client, path: str, place: str) -> Iterator[HttpResponse]:
    query = dict.fromkeys(NAMES, place)
    cookies = client.cookies.copy()
    for send in (client.get, client.post):
        with transaction.atomic():
            yield send(path, query, headers={"referer": place})
            transaction.set_rollback(True)
        client.cookies = cookies.copy()


@pytest.mark.parametrize("path", ["/%5Cevil.example/", "/en//evil.example"])
def test_an_address_with_another_site_in_it_leads_nowhere(path: str) -> None:
    response = Client().get(path)
    assert response.status_code in {301, 404}
    assert not any(map(_is_away, _targets(response)))
