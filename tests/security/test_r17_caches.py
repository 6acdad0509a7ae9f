"""R17: a cache between visitors and the site never has anything of one visitor for the next."""

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.security.addresses import World, addresses

PRIVATE = ("organise/", "moderation/", "admin/", "accounts/", "mailbox/")
# What caches do not key by, and what programs behind them might read all the same.
UNKEYED = {
    "x-forwarded-host": "evil.example",
    "x-forwarded-scheme": "nothttps",
    "x-forwarded-server": "evil.example",
    "x-host": "evil.example",
    "x-original-url": "/admin/",
    "x-rewrite-url": "/admin/",
    "x-forwarded-prefix": "/evil",
    "forwarded": "host=evil.example",
    "accept-language": "uk",
    "user-agent": "evil",
    "origin": "https://evil.example",
    "referer": "https://evil.example/",
    "sec-fetch-site": "same-origin",
    "x-http-method-override": "POST",
}


def _is_shared(response: HttpResponse) -> bool:
    return response.headers["Cache-Control"].startswith("public")


def _said(response: HttpResponse) -> tuple[int, bytes, str]:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return response.status_code, body, response.headers.get("Location", "")


def test_what_is_shared_is_the_same_for_everybody_and_the_rest_is_not_stored(world: World) -> None:
    known, wrong, shared = world.client("superuser"), [], 0
    for address in addresses():
        path = world.path(address)
        response = known.get(path)
        if not _is_shared(response):
            if "no-store" not in response.headers["Cache-Control"]:
                wrong.append(f"{address.name}: {response.headers['Cache-Control']}")
            continue
        shared += 1
        if address.route.startswith(PRIVATE) or "<str:token>" in address.route:
            wrong.append(f"{address.name} is shared")
        vary = {name.strip().lower() for name in response.headers.get("Vary", "").split(",")} - {""}
        if response.cookies or not vary <= {"accept-encoding", "accept-language"}:
            wrong.append(f"{address.name}: {response.cookies} {vary}")
        stranger = Client().get(path, headers={key: value for key, value in UNKEYED.items() if key not in vary})
        if _said(stranger) != _said(response):
            wrong.append(f"{address.name} is another page for a stranger")
    assert wrong == []
    assert shared > 20


@pytest.mark.parametrize("suffix", [";.css", "/x.css", "%2Fx.css", "?x.css", "%00.css", ";jsessionid=1.js", "/../x.js"])
def test_a_page_that_looks_like_a_file_is_stored_by_nobody(suffix: str, world: World) -> None:
    for role, paths in {
        "organiser of it": ["/organise/", "/accounts/", f"/organise/{world.event.public_id}/"],
        "superuser": ["/moderation/", "/admin/"],
        "anonymous": [f"/en/reminders/{world.tokens['manage']}/"],
    }.items():
        for path in paths:
            response = world.client(role).get(path.rstrip("/") + suffix)
            assert response.headers["Cache-Control"].startswith("private, no-store") or response.status_code == 301
