"""How long a page takes, asked of the web server as a browser would, one at a time, on one kept connection."""

import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from time import perf_counter
from typing import Self

from django.db import connection
from psycopg.conninfo import make_conninfo

from events.models import Event
from noborder.bench import example
from noborder.bench.figures import Row, Table, a_second, milliseconds
from noborder.bench.launch import free_port
from noborder.embedded.environment import process_environment
from noborder.embedded.places import CHECKOUT, place_of
from noborder.embedded.processes import wait_until
from noborder.embedded.site import answers, commands

SECONDS_TO_START = 60


@dataclass(frozen=True)
class Answer:
    """What came back: its size is that of everything on the wire."""

    status: int
    headers: dict[str, str]
    size: int


class Browser:
    """A connection that is kept, and no more of HTTP than our own server speaks."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.answers.close()
        self.socket.close()

    def get(self, path: str, etag: str = "", cookie: str = "") -> Answer:
        """Ask for a page, or for news since the version *etag*."""
        condition = f"If-None-Match: {etag}\r\n" if etag else ""
        condition += f"Cookie: {cookie}\r\n" if cookie else ""
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n{condition}\r\n".encode()
        )
        lines = list(iter(self.answers.readline, b"\r\n"))
        headers = {}
        for line in lines[1:]:
            name, _colon, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        status = int(lines[0].split()[1])
        length = 0 if status == 304 else int(headers["content-length"])
        body = self.answers.read(length)
        return Answer(status, headers, sum(map(len, lines)) + 2 + len(body))


class Way(StrEnum):
    """Of asking for a page: of a process that keeps none and makes each anew, of one that has kept it, and for news."""

    COLD = "made anew"
    KEPT = "kept"
    UNCHANGED = "304"


@dataclass(frozen=True)
class Visit:
    """Asking for one page in one way, some times over."""

    name: str
    path: str
    way: Way
    times: int


def measure(*, protests: int, requests: int, runs: int) -> Table:
    """Each page in each way, beside one that does nothing."""
    visits = visits_to(example.start_anew(protests=protests), requests)
    rows = [Row(visit.name) for visit in visits]
    with web_server(PAGE_CACHE_MB="0") as without, web_server() as port:
        for _run in range(runs):
            for row, visit in zip(rows, visits, strict=True):
                with Browser(without if visit.way == Way.COLD else port) as browser:
                    _make(visit, browser, row)
    title = f"Pages: {protests:,} protests, one web worker, one visitor, gzip"
    return Table(title, {"ms": milliseconds, "requests/s": a_second}, rows)


def visits_to(events: list[Event], requests: int) -> list[Visit]:
    """All that is measured. What is short is asked for more often: one visit of it would tell little."""
    often = requests * 10
    visits = [Visit("nothing (/healthz)", "/healthz", Way.KEPT, often)]
    for name, path in paths(events).items():
        ways = [Way.COLD] if name == "search" else list(Way)
        visits += [Visit(f"{name}, {way}", path, way, requests if way == Way.COLD else often) for way in ways]
    return visits


def paths(events: list[Event]) -> dict[str, str]:
    """The pages that are measured."""
    return {
        "landing": "/en/",
        "country": "/en/countries/de/",
        "protest": events[0].get_absolute_url(),
        "search": "/en/protests/?q=borders",
        "country .ics": "/feeds/de.ics",
    }


def _make(visit: Visit, browser: Browser, row: Row) -> None:
    expected, etag = 200, ""
    answer = browser.get(visit.path)
    if visit.way == Way.UNCHANGED:
        expected, etag = 304, answer.headers["etag"]
    seconds = 0.0
    for _request in range(visit.times):
        start = perf_counter()
        answer = browser.get(visit.path, etag)
        seconds += perf_counter() - start
        if answer.status != expected:
            raise RuntimeError(f"{visit.path} answered {answer.status} instead of {expected}")
    row.seconds.append(seconds / visit.times)
    row.size = answer.size


@contextmanager
def web_server(*, prefix: Sequence[str] = (), processes: int = 1, **settings: str) -> Iterator[int]:
    """The web process of `up` on the database of this process; gives its port."""
    port = free_port()
    process = subprocess.Popen(
        [*prefix, sys.executable, "-m", *commands(place_of("bench"), port, web_processes=processes)["web"]],
        cwd=CHECKOUT,
        env=process_environment({"DATABASE_URL": address_of_database(), **settings}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with process:
        try:
            wait_until(lambda: process.poll() is not None or answers(port), seconds=SECONDS_TO_START)
            yield port
        finally:
            process.terminate()


def address_of_database() -> str:
    """Where the database of this process is."""
    parts = connection.settings_dict
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    return make_conninfo(**{name: parts[ours] for name, ours in names.items() if parts[ours]})
