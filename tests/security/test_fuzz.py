"""Malformed requests at every address, from a seed that is printed: no answer of 500, and none that never comes.

A thousand in the short run and ten thousand in the long one; NOBORDER_SEED repeats a run."""

import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.test import Client

from tests.security.addresses import Address, World, addresses, whose
from tests.security.payloads import PAYLOADS
from tests.security.test_odd_input import NAMES, ODD

SHORT, LONG = 1_000, 10_000
# Nothing here takes a hundredth of it, even on a busy machine.
HANGS_AFTER = 120
METHODS = ("get", "get", "post", "post", "post", "head", "options", "put", "patch", "delete")
IN_A_PATH = [
    "%00",
    "%ff",
    "%0d%0a",
    "9" * 30,
    "9" * 3000,
    "%F0%9F%8F%B4",
    "..",
    "%2e%2e%2f",
    "-1",
    "a;b",
    "%",
    "'",
    "x" * 9,
]
BODIES = [
    b"",
    b"\0",
    b"\xff\xfe",
    b"{",
    b"[" * 5000,
    b"--x",
    b"a=%",
    b"a" * 70_000,
    b"a=1&" * 1500,
    b"<?xml version='1.0'?><a>",
]
KINDS = [
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-7",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "multipart/form-data; boundary=" + "x" * 300,
    "application/json",
    "text/plain; charset=\xff",
    "",
]
HEADERS = {
    "accept-language": ["", "*", "xx-" * 50, "en;q=x", "\xff", "uk,pl;q=0.00001"],
    "cookie": ["session=" + "x" * 3000, "csrf=\x01", "=", ";;;", "session=a; session=b"],
    "if-none-match": ["*", '"', "W/", "\xff" * 20],
    "if-modified-since": ["never", "Mon, 99 Xxx 0000 99:99:99 GMT"],
    "range": ["bytes=-1", "bytes=9-1", "bytes=" + "0-1," * 300],
    "x-forwarded-for": ["::", "999.1.1.1", "x" * 2000, "fe80::1%eth0"],
    "accept-encoding": ["", "gzip;q=x", "br" * 500],
    "origin": ["null", "\xff", "x"],
    "content-length": ["-1", "x", "99999999999"],
    "referer": ["http://[", "\xff"],
}


class Fuzzer:
    """All that is wrong with its requests comes from one seed."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.chance = world, random.Random(seed)
        self.clients = {role: world.client(role) for role in ("anonymous", "organiser of it", "superuser")}

    def _odd(self) -> str:
        kind = self.chance.randrange(4)
        if kind == 0:
            return self.chance.choice(PAYLOADS)
        if kind == 1:
            return "".join(chr(self.chance.choice([*range(1, 400), 0x202E, 0x1F3F4, 0xFFFF])) for _n in range(20))
        return self.chance.choice(ODD).encode("utf-8", "replace").decode()

    def _path(self, address: Address) -> str:
        path = self.world.path(address)
        if self.chance.random() < 0.6:
            return path
        parts = path.split("/")
        parts[self.chance.randrange(1, len(parts))] = self.chance.choice(IN_A_PATH)
        return "/".join(parts) or "/"

    def _query(self) -> dict[str, str]:
        return {self.chance.choice(NAMES): self._odd() for _n in range(self.chance.randrange(3))}

    def _fields(self) -> dict[str, Any]:
        names = [
            *NAMES,
            "email",
            "title",
            "key",
            "started",
            "verb",
            "do",
            "number",
            "version",
            "pk",
            "shifts",
            "picture",
        ]
        return {self.chance.choice(names): self._odd() for _n in range(self.chance.randrange(8))}

    def send(self, address: Address) -> int:
        """The status of one malformed request. What it changes is rolled back."""
        role = whose(address) if self.chance.random() < 0.7 else self.chance.choice(sorted(self.clients))
        client = self.clients[role]
        cookies = client.cookies.copy()
        extra: dict[str, Any] = {"query_params": self._query()}
        if self.chance.random() < 0.3:
            name = self.chance.choice(sorted(HEADERS))
            extra["headers"] = {name: self.chance.choice(HEADERS[name])}
        method = self.chance.choice(METHODS)
        path = self._path(address)
        try:
            with transaction.atomic():
                if method == "post" and self.chance.random() < 0.5:
                    response = client.post(path, self._fields(), **extra)
                else:
                    # Not by the client's own methods, which would mend bodies as it goes.
                    body, kind = self.chance.choice(BODIES), self.chance.choice(KINDS)
                    response = client.generic(method.upper(), path, body, kind, **extra)
                status: int = response.status_code
                transaction.set_rollback(True)
        finally:
            client.cookies = cookies
        return status


@contextmanager
def _in_time() -> Iterator[None]:
    def give_up(*_args: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(HANGS_AFTER)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _quiet(client: Client) -> None:
    client.raise_request_exception = False


def test_no_malformed_request_is_an_error_of_ours(world: World, is_long: bool) -> None:
    seed = int(os.environ.get("NOBORDER_SEED") or random.SystemRandom().randrange(10**6))
    fuzzer = Fuzzer(world, seed)
    for client in fuzzer.clients.values():
        _quiet(client)
    known, count = addresses(), LONG if is_long else SHORT
    statuses: Counter[int] = Counter()
    wrong = []
    for number in range(count):
        address = known[number % len(known)]
        with _in_time():
            status = fuzzer.send(address)
        statuses[status] += 1
        if status >= 500 and status != 503:
            wrong.append(f"request {number}: {address.name}: {status}")
    met = min(count, len(known))
    print(f"seed {seed}: {count} requests, {met} of {len(known)} addresses, {dict(sorted(statuses.items()))}")  # noqa: T201
    assert wrong == [], f"seed {seed}"
    assert met == len(known)
