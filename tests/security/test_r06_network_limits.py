"""R6: a network waits after so many forms or searches, whatever addresses it takes or claims; none of them is kept."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import time_machine
from django.conf import settings
from django.test import Client

from accounts import limits
from events.models import Event
from tests.factories import WEEKS_BEFORE
from tests.security.stranger_forms import FORMS, protest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]
BURST = limits.SUBSCRIPTIONS_FROM_NETWORK.burst
ELSEWHERE = "203.0.113.9"
EXITS = ["192.0.2.1", "198.18.7.7", "2001:db8:77::9"]
# Where the n-th of many sign-ups comes from.
NETWORKS: dict[str, Callable[[int], str]] = {
    "one IPv4 address": lambda n: "198.51.100.7",
    "a /24": lambda n: f"198.51.100.{n % 250}",
    "a /64": lambda n: f"2001:db8:1:2:{n:x}::{n + 1:x}",
    "an onion service": lambda n: "",
    "exits of Tor": lambda n: EXITS[n % len(EXITS)],
}


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture
def event(clock: Any) -> Event:
    return protest()


@pytest.fixture(autouse=True)
def exits(settings: Any, tmp_path: Path) -> Iterator[None]:
    """The host gives a list of exits."""
    file = tmp_path / "exits"
    file.write_text("\n".join(["# renewed daily", *EXITS, ""]))
    settings.TOR_EXITS = str(file)
    limits._tor_exits.cache_clear()
    yield
    limits._tor_exits.cache_clear()


def sign_up(event: Event, number: int, address: str, **headers: str) -> Any:
    return FORMS["subscribe"].send(
        Client(REMOTE_ADDR=address, headers=headers), event, email=f"person{number}@example.org"
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_gets_so_many_and_then_a_wait(name: str, event: Event, clock: Any, is_long: bool) -> None:
    address = NETWORKS[name]
    for number in range(BURST - 2):
        limits.spend(limits.SUBSCRIPTIONS_FROM_NETWORK, limits.network_of({"REMOTE_ADDR": address(number)}))
    answers = [sign_up(event, number, address(number)) for number in range(200 if is_long else 6)]
    assert [answer.status_code for answer in answers[:2]] == [302, 302]
    assert {answer.status_code for answer in answers[2:]} == {429}
    assert 0 < int(answers[-1]["Retry-After"]) <= limits.SUBSCRIPTIONS_FROM_NETWORK.seconds
    assert f'value="person{len(answers) - 1}@example.org"' in answers[-1].content.decode()
    # Others are not touched, and after the wait it goes on: nobody is banned.
    assert sign_up(event, 5000, ELSEWHERE).status_code == 302
    clock.shift(int(answers[-1]["Retry-After"]))
    assert sign_up(event, 5001, address(1)).status_code == 302


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_forged_address_changes_nothing(proxies: int, event: Event, settings: Any) -> None:
    """Neither straight to the site nor through the proxy, which puts what it has seen behind what was claimed."""
    settings.TRUSTED_PROXIES = proxies
    seen = [", 198.51.100.7"] if proxies else [""]
    for _time in range(BURST - 1):
        limits.spend(limits.SUBSCRIPTIONS_FROM_NETWORK, "198.51.100.0/24")
    answers = [
        sign_up(
            event,
            number,
            "10.0.0.1" if proxies else "198.51.100.7",
            **{
                "X-Forwarded-For": f"192.0.2.{number}{seen[0]}",
                "X-Real-IP": f"192.0.2.{number}",
                "Forwarded": "for=1.1.1.1",
            },
        ).status_code
        for number in range(5)
    ]
    assert answers == [302, 429, 429, 429, 429]


def test_redis_keeps_no_address_of_anybody(event: Event) -> None:
    for number, address in enumerate(("198.51.100.7", "2001:db8:1:2::7", EXITS[0])):
        for form in FORMS.values():
            client = Client(REMOTE_ADDR=address, headers={"X-Forwarded-For": address})
            typed = {"email": f"canary{number}@example.org"} if form.asks_for_address else {}
            assert form.send(client, event, **typed).status_code == 302
    client = redis.Redis.from_url(settings.CACHE_URL)
    kept = b"\n".join(b"%s %s" % (key, client.dump(key) or b"") for key in client.scan_iter())
    assert kept.count(b"limit:") > len(FORMS)
    told = [b"198.51.100", b"2001:db8", b"192.0.2", b"canary", b"example.org"]
    assert [secret for secret in told if secret in kept] == []


def searched(address: str, words: str = "border") -> Any:
    return Client(REMOTE_ADDR=address).get("/en/protests/", {"q": words, "kind": "vigil"})


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_may_search_so_often_and_then_waits(name: str, event: Event, clock: Any) -> None:
    address = NETWORKS[name]
    for number in range(limits.SEARCHES_FROM_NETWORK.burst - 2):
        limits.spend(limits.SEARCHES_FROM_NETWORK, limits.network_of({"REMOTE_ADDR": address(number)}))
    answers = [searched(address(number), f"word{number}") for number in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    refused = answers[-1]
    assert int(refused["Retry-After"]) == limits.SEARCHES_FROM_NETWORK.seconds
    # It is for this visitor alone, and keeps what was typed and chosen.
    assert refused["Cache-Control"] == "private, no-store"
    assert not refused.cookies
    assert "ETag" not in refused
    page = refused.content.decode()
    assert 'value="word3"' in page
    assert '<input type="hidden" name="kind" value="vigil">' in page
    assert "press the button again in 1 second." in page
    # What needs no search is open, others are not touched, and after the wait it goes on.
    assert Client(REMOTE_ADDR=address(9)).get("/en/protests/?kind=vigil").status_code == 200
    assert searched(ELSEWHERE).status_code == 200
    clock.shift(int(refused["Retry-After"]))
    assert searched(address(1)).status_code == 200


@pytest.mark.parametrize("name", ["near", "city"])
def test_a_place_that_is_typed_counts_as_a_search(name: str, event: Event) -> None:
    for _time in range(limits.SEARCHES_FROM_NETWORK.burst - 1):
        limits.spend(limits.SEARCHES_FROM_NETWORK, "198.51.100.0/24")
    client = Client(REMOTE_ADDR="198.51.100.7")
    answers = [client.get("/en/protests/", {name: f"Warszava {number}"}) for number in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert f'<input type="hidden" name="{name}" value="Warszava 1">' in answers[-1].content.decode()
    assert client.get("/en/protests/?country=pl&day=2027-10-11").status_code == 200
    assert client.get("/en/countries/pl/").status_code == 200


def test_what_a_browser_has_already_costs_no_search(event: Event) -> None:
    for _time in range(limits.SEARCHES_FROM_NETWORK.burst - 1):
        limits.spend(limits.SEARCHES_FROM_NETWORK, "198.51.100.0/24")
    etag = searched("198.51.100.7")["ETag"]
    again = Client(REMOTE_ADDR="198.51.100.7", headers={"If-None-Match": etag})
    assert again.get("/en/protests/", {"q": "border", "kind": "vigil"}).status_code == 304
    assert searched("198.51.100.7").status_code == 429
