"""How often somebody may do something: token buckets in Redis, keyed by hashes that change every day.

A bucket belongs to a network or to a mailbox. Redis never sees either: only a keyed hash with the date in it, so that
nobody can follow a visitor from one day to the next, and a copy of Redis tells nothing without the key.
"""

import contextlib
import functools
import ipaddress
import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.utils import timezone
from django.utils.translation import ngettext
from redis.backoff import NoBackoff
from redis.retry import Retry

from outbox.sealing import keyed_hash, likely_mailbox


class Unavailable(Exception):
    """Redis does not answer, so nobody knows whether a limit is reached."""


@dataclass
class Silence:
    """Until when this process does not ask a Redis that did not answer, by the clock of the machine."""

    until: float = 0.0


@dataclass(frozen=True)
class Limit:
    """`burst` times at once, then once every `seconds`."""

    name: str
    burst: int
    seconds: int


# For whoever only reads: at most one of them waits so often for an answer that does not come.
SILENCE_SECONDS = 10
silence = Silence()

CODES_TO_MAILBOX = Limit("codes-to-mailbox", burst=10, seconds=180)
CODES_TO_MAILBOX_FROM_NETWORK = Limit("codes-to-mailbox-from-network", burst=4, seconds=300)
CODES_FROM_NETWORK = Limit("codes-from-network", burst=20, seconds=30)
WRONG_CODES_FOR_MAILBOX_FROM_NETWORK = Limit("wrong-codes-for-mailbox", burst=5, seconds=60)
WRONG_CODES_FROM_NETWORK = Limit("wrong-codes", burst=10, seconds=6)
SECOND_FACTORS_OF_PERSON_FROM_NETWORK = Limit("second-factors", burst=5, seconds=60)
SUBSCRIPTIONS_FROM_NETWORK = Limit("subscriptions", burst=30, seconds=60)
REGISTRATIONS_FROM_NETWORK = Limit("registrations", burst=20, seconds=120)
PICTURES_FROM_NETWORK = Limit("pictures", burst=20, seconds=60)
PICTURES = Limit("all-pictures", burst=100, seconds=3)
# A sheet takes a worker some 0.05 s, so what waits to be printed is never more than some seconds of work.
PRINTS_FROM_NETWORK = Limit("prints", burst=60, seconds=5)
PRINTS = Limit("all-prints", burst=200, seconds=1)
SIGN_ONS_FROM_NETWORK = Limit("sign-ons", burst=20, seconds=120)
# A whole city may search through one mobile network on the day; a program that reads the list that way is slowed down.
SEARCHES_FROM_NETWORK = Limit("searches", burst=settings.SEARCHES_AT_ONCE, seconds=1)
IMPORTS_OF_ACCOUNT = Limit("imports", burst=20, seconds=60)
SHIFTS_FROM_NETWORK = Limit("shifts", burst=30, seconds=60)
INVITATIONS_OF_PERSON = Limit("invitations", burst=15, seconds=600)
INVITATIONS_TO_MAILBOX = Limit("invitations-to-mailbox", burst=4, seconds=3600)
LETTERS_FROM_NETWORK = Limit("letters", burst=10, seconds=300)
# More at once would only bury what others have written to the organisers.
LETTERS_TO_PROTEST = Limit("letters-to-protest", burst=50, seconds=60)
REPORTS_FROM_NETWORK = Limit("reports", burst=10, seconds=120)
# Enough for everybody who saw the same thing; more would only bury what the first of them said.
REPORTS_ON_PROTEST = Limit("reports-on-protest", burst=50, seconds=60)

# All buckets are looked at before any is touched: a refusal costs nothing, and two workers cannot both take the last
# token. A key that holds something else is simply a full bucket.
_SPEND = """
local now, waits, left = tonumber(ARGV[1]), 0, {}
for i, key in ipairs(KEYS) do
    local burst, seconds = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
    local cost = tonumber(ARGV[3 * i + 1])
    local tokens, kept = burst, redis.pcall('GET', key)
    if type(kept) == 'string' then
        local had, at = string.match(kept, '^([%d.]+) ([%d.]+)$')
        if had then
            tokens = math.min(burst, tonumber(had) + math.max(0, now - tonumber(at)) / seconds)
        end
    end
    if tokens < 1 then
        waits = math.max(waits, math.ceil((1 - tokens) * seconds))
    end
    left[i] = tokens - cost
end
if waits == 0 then
    for i, key in ipairs(KEYS) do
        local burst, seconds = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
        if tonumber(ARGV[3 * i + 1]) > 0 then
            redis.call('SET', key, string.format('%.6f %.3f', left[i], now), 'EX', math.ceil(burst * seconds))
        end
    end
end
return waits
"""


@functools.cache
def _redis() -> redis.Redis:
    # No second try: whoever waits for a page is better served with "later" than with seconds of silence.
    never_again = Retry(NoBackoff(), 0)
    return redis.Redis.from_url(settings.CACHE_URL, socket_timeout=1, socket_connect_timeout=1, retry=never_again)


@functools.cache
def _script() -> redis.commands.core.Script:
    return _redis().register_script(_SPEND)


def _key(limit: Limit, key: str) -> str:
    day = timezone.now().date().isoformat()
    return f"limit:{limit.name}:{keyed_hash(f'{day} {key}', purpose='limit').hex()[:32]}"


def _run(claims: Iterable[tuple[Limit, str]], *, cost: int) -> int:
    claims = list(claims)
    numbers = [number for limit, _key in claims for number in (limit.burst, limit.seconds, cost)]
    try:
        wait = _script()(keys=[_key(limit, key) for limit, key in claims], args=[timezone.now().timestamp(), *numbers])
    except redis.RedisError as error:
        raise Unavailable from error
    return math.ceil(int(wait))


def spend_all(claims: Iterable[tuple[Limit, str]]) -> int:
    """Take a token from every bucket, or from none. The seconds to wait if one is empty, else 0. Raises Unavailable."""
    return _run(claims, cost=1)


def spend(limit: Limit, key: str) -> int:
    """Take a token: the seconds to wait if there is none, else 0. Raises Unavailable."""
    return spend_all([(limit, key)])


def wait_for(claims: Iterable[tuple[Limit, str]]) -> int:
    """The seconds until each of the buckets holds a token, without taking one. Raises Unavailable."""
    return _run(claims, cost=0)


def client_address(meta: Mapping[str, Any]) -> str:
    """The visitor's address: the peer's, or what the first proxy of our own has seen. A header from anybody else
    changes nothing. *meta* is `request.META`."""
    peer = str(meta.get("REMOTE_ADDR", ""))
    if settings.TRUSTED_PROXIES:
        seen = str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",")
        if len(seen) >= settings.TRUSTED_PROXIES:
            return seen[-settings.TRUSTED_PROXIES].strip() or peer
    return peer


@functools.cache
def _tor_exits() -> frozenset[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """The addresses in the host's file; what is no address, as a remark, says nothing."""
    exits = set()
    for line in Path(settings.TOR_EXITS).read_text("utf-8").splitlines() if settings.TOR_EXITS else ():
        with contextlib.suppress(ValueError):
            exits.add(ipaddress.ip_address(line.strip()))
    return frozenset(exits)


def network_of(meta: Mapping[str, Any]) -> str:
    """The visitor's network: /24 or /64. Whoever has none, as on an onion service, shares one bucket, and whoever
    comes by an exit of Tor another one: a wait there, never a ban."""
    try:
        address = ipaddress.ip_address(client_address(meta).partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address in _tor_exits():
        return "tor"
    prefix = 24 if address.version == 4 else 64
    return str(ipaddress.ip_network(f"{address}/{prefix}", strict=False))


def hashed_network(meta: Mapping[str, Any]) -> str:
    """What other software may keep instead of an address; another one every day."""
    day = timezone.now().date().isoformat()
    return keyed_hash(f"{day} {network_of(meta)}", purpose="network").hex()[:32]


def code_claims(meta: Mapping[str, Any], address: str) -> list[tuple[Limit, str]]:
    """What a mailed code costs: of its mailbox, of that mailbox as seen from here, and of the visitor's network."""
    network, mailbox = network_of(meta), likely_mailbox(address)
    return [
        (CODES_TO_MAILBOX, mailbox),
        (CODES_TO_MAILBOX_FROM_NETWORK, f"{mailbox} {network}"),
        (CODES_FROM_NETWORK, network),
    ]


def wrong_code_claims(meta: Mapping[str, Any], address: str) -> list[tuple[Limit, str]]:
    """What a wrong code costs. No bucket belongs to the mailbox alone, so that a stranger's guesses lock nobody out."""
    network = network_of(meta)
    return [
        (WRONG_CODES_FOR_MAILBOX_FROM_NETWORK, f"{likely_mailbox(address)} {network}"),
        (WRONG_CODES_FROM_NETWORK, network),
    ]


def second_factor_claims(meta: Mapping[str, Any], person: int) -> list[tuple[Limit, str]]:
    """What a try at a second factor costs, right or wrong, so that many at once are counted like many in turn. As
    above, nothing that a stranger does elsewhere keeps the right person out."""
    network = network_of(meta)
    return [(SECOND_FACTORS_OF_PERSON_FROM_NETWORK, f"{person} {network}"), (WRONG_CODES_FROM_NETWORK, network)]


def invitation_claims(person: int, address: str) -> list[tuple[Limit, str]]:
    """What an invitation by mail costs: of whoever invites, and of the mailbox."""
    return [(INVITATIONS_OF_PERSON, str(person)), (INVITATIONS_TO_MAILBOX, likely_mailbox(address))]


def in_words(seconds: int) -> str:
    """A wait as people say it."""
    minutes = math.ceil(seconds / 60)
    return ngettext("%(minutes)d minute", "%(minutes)d minutes", minutes) % {"minutes": minutes}


def wait_or_nothing(claims: Iterable[tuple[Limit, str]]) -> int:
    """As `wait_for`, but 0 without Redis: for what PostgreSQL limits as well."""
    try:
        return wait_for(claims)
    except Unavailable:
        return 0


def spend_or_nothing(claims: Iterable[tuple[Limit, str]]) -> None:
    """Take a token from each if all have one; without Redis, nothing."""
    with contextlib.suppress(Unavailable):
        spend_all(claims)


def spend_to_read(claims: Iterable[tuple[Limit, str]]) -> int:
    """As `spend_all`, but 0 without Redis and for some seconds after it: reading goes on, and does not wait for it."""
    if time.monotonic() < silence.until:
        return 0
    try:
        return spend_all(claims)
    except Unavailable:
        silence.until = time.monotonic() + SILENCE_SECONDS
        return 0
