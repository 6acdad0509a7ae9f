"""Public pages answered from memory: never older than promised, never anybody's own."""

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen
from wsgiref.types import WSGIApplication
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import brotli
import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import OperationalError, close_old_connections
from django.test import Client
from pytest_django import Settings

from events.models import Event, SiteStamp
from noborder.bench.pages import web_server
from noborder.page_cache import PageCache
from tests.events.test_pages import public_paths
from tests.factories import CampaignTextFactory, CoordinatorFactory, EventFactory, OrganiserFactory, RevisionFactory
from tests.log_in import log_in

HOST = "testserver"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Visitor:
    """Asks the WSGI application, and counts how often that had to ask Django."""

    megabytes: int = 64
    now: float = 1000.0
    is_database_away: bool = False
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        django = get_wsgi_application()

        def counted(environ, start_response):
            self.asked.append(environ["PATH_INFO"])
            return django(environ, start_response)

        self.cache: WSGIApplication = PageCache(
            counted, megabytes=self.megabytes, read=self.version, clock=lambda: self.now
        )

    def version(self) -> int:
        if self.is_database_away:
            raise OperationalError
        return SiteStamp.objects.current()

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        parts = urlsplit(path)
        environ: dict[str, object] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "HTTP_HOST": HOST,
            **headers,
        }
        setup_testing_defaults(environ)
        said: list[Any] = []

        def start_response(status, headers, _error=None):
            said[:] = [status, headers]
            return said.append

        body = validator(self.cache)(environ, start_response)
        try:
            content = b"".join(body)
        finally:
            body.close()
        return Answer(int(said[0].split()[0]), dict(said[1]), content)

    def is_kept(self, path: str, **headers: str) -> bool:
        """Whether asking twice asks Django once."""
        self.get(path, **headers)
        before = len(self.asked)
        self.get(path, **headers)
        return len(self.asked) == before


@pytest.fixture(autouse=True)
def _connection_stays_open() -> Iterator[None]:
    """As Django's own test client does: a request would close the connection that the test's transaction is on."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def visitor(db: None) -> Visitor:
    return Visitor()


@pytest.fixture
def event(db: None) -> Event:
    event = EventFactory()
    CampaignTextFactory(campaign=event.campaign, call="**No border** lasts for ever.")
    return event


def test_every_public_page_is_what_django_answers_and_made_once(visitor: Visitor, event: Event) -> None:
    direct = Visitor()
    direct.cache = get_wsgi_application()
    for path in public_paths(event):
        made = direct.get(path)
        assert made.status == 200, path
        assert visitor.get(path) == made, path
        assert visitor.get(path) == made, path
        assert visitor.is_kept(path) == ("q=" not in path), path


@pytest.mark.parametrize(
    ("accepts", "encoding", "unpack"),
    [
        ("br, gzip", "br", brotli.decompress),
        ("gzip, deflate, br;q=0.5, zstd", "br", brotli.decompress),
        ("gzip;q=1.0", "gzip", gzip.decompress),
        ("br;q=0, gzip", "gzip", gzip.decompress),
        ("identity", None, bytes),
        ("", None, bytes),
        ("*", None, bytes),
    ],
)
def test_pages_are_kept_in_the_encoding_that_is_asked_for(
    visitor: Visitor, event: Event, accepts: str, encoding: str | None, unpack: Callable[[bytes], bytes]
) -> None:
    plain = visitor.get("/en/countries/pl/")
    packed = visitor.get("/en/countries/pl/", HTTP_ACCEPT_ENCODING=accepts)
    assert packed.headers.get("Content-Encoding") == encoding
    assert unpack(packed.body) == plain.body
    assert packed.headers["Content-Length"] == str(len(packed.body))
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert packed.headers["ETag"].removeprefix("W/") == plain.headers["ETag"]
    # The same bytes whoever makes them: nothing is added to hide their length.
    assert Visitor().get("/en/countries/pl/", HTTP_ACCEPT_ENCODING=accepts).body == packed.body


def test_a_known_version_is_answered_304_without_django(visitor: Visitor, event: Event) -> None:
    etag = visitor.get("/en/", HTTP_ACCEPT_ENCODING="br").headers["ETag"]
    asked = len(visitor.asked)
    for known in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        answer = visitor.get("/en/", HTTP_ACCEPT_ENCODING="br", HTTP_IF_NONE_MATCH=known)
        assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", etag)
        assert answer.headers["Cache-Control"].startswith("public")
    assert len(visitor.asked) == asked
    assert visitor.get("/en/", HTTP_IF_NONE_MATCH='"other"').status == 200


def test_head_is_a_page_without_its_body(visitor: Visitor, event: Event) -> None:
    for _time in range(2):
        head, got = visitor.get("/en/", "HEAD"), visitor.get("/en/")
        assert (head.status, head.body, head.headers) == (200, b"", got.headers)


def test_a_change_shows_within_two_seconds(visitor: Visitor, event: Event) -> None:
    before = visitor.get("/en/countries/pl/").headers["ETag"]
    SiteStamp.objects.bump()
    visitor.now += 0.9
    assert visitor.get("/en/countries/pl/").headers["ETag"] == before
    visitor.now += 0.2
    assert visitor.get("/en/countries/pl/").headers["ETag"] != before


def test_the_stamp_is_read_at_most_once_a_second(visitor: Visitor, event: Event, django_assert_num_queries) -> None:
    visitor.get("/en/")
    visitor.now += 1.5
    with django_assert_num_queries(1):
        for _time in range(20):
            visitor.get("/en/")


def test_pages_outlive_the_database_by_thirty_seconds_and_then_ask_to_come_again(
    visitor: Visitor, event: Event
) -> None:
    page = visitor.get("/en/")
    visitor.is_database_away = True
    visitor.now += 29
    assert visitor.get("/en/").body == page.body
    visitor.now += 2
    # The rest of the site still has its database: a page made now is right, and not kept.
    assert visitor.get("/en/").status == 200
    visitor.is_database_away = False
    assert visitor.get("/en/").headers["ETag"] == page.headers["ETag"]


def test_without_a_database_a_page_that_is_not_kept_asks_to_come_again(event: Event) -> None:
    def broken(_environ, start_response):
        start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
        return [b"no database"]

    def away() -> int:
        raise OperationalError

    visitor = Visitor()
    visitor.cache = PageCache(broken, megabytes=1, read=away)
    answer = visitor.get("/en/")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    visitor.cache = PageCache(broken, megabytes=1, read=lambda: 1)
    assert visitor.get("/en/").status == 500


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/en/register/",
        "/en/reminders/",
        "/en/protests/?q=march",
        "/en/protests/?after=2027-10-11.14:00.1",
        "/en/protests/?kind=riot",
        "/en/countries/zz/",
        "/en/nowhere/",
        "/en/countries/pl/;.css",
        "/en/register/;.css",
        "/accounts/login/",
        "/organise/",
        "/healthz",
        "/robots.txt",
    ],
)
def test_what_is_not_the_same_for_everybody_is_not_kept(visitor: Visitor, event: Event, path: str) -> None:
    assert not visitor.is_kept(path)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_only_reading_is_answered_from_memory(visitor: Visitor, event: Event, method: str) -> None:
    visitor.get("/en/")
    assert visitor.get("/en/", method, CONTENT_LENGTH="0").status in {403, 405}
    assert len(visitor.asked) == 2


@pytest.mark.parametrize(
    "host", ["evil.example", "testserver.evil.example", "testserver:80:80", "", "evil.example:443"]
)
def test_foreign_hosts_are_not_answered_from_memory(visitor: Visitor, event: Event, host: str) -> None:
    visitor.get("/en/")
    asked = len(visitor.asked)
    answer = visitor.get("/en/", HTTP_HOST=host)
    assert len(visitor.asked) == asked + 1
    assert answer.status == 400 or not host


def test_the_port_and_case_of_the_host_do_not_matter(visitor: Visitor, event: Event) -> None:
    visitor.get("/en/")
    asked = len(visitor.asked)
    assert visitor.get("/en/", HTTP_HOST="TestServer:8000").status == 200
    assert len(visitor.asked) == asked


def test_plain_http_leads_to_https_though_the_page_is_kept(visitor: Visitor, event: Event, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    visitor = Visitor()
    over_tls = {"HTTP_X_FORWARDED_PROTO": "https"}
    assert visitor.get("/en/", **over_tls).status == 200
    assert visitor.get("/en/").headers["Location"] == f"https://{HOST}/en/"
    assert visitor.get("/en/", HTTP_X_FORWARDED_PROTO="http").status == 301
    assert visitor.is_kept("/en/", **over_tls)


def test_no_header_of_one_visitor_reaches_the_next(visitor: Visitor, event: Event) -> None:
    strange = {
        "HTTP_COOKIE": "session=stranger; csrf=stranger; django_language=pl",
        "HTTP_ACCEPT_LANGUAGE": "pl",
        "HTTP_X_FORWARDED_HOST": "evil.example",
        "HTTP_X_FORWARDED_SCHEME": "evil",
        "HTTP_X_ORIGINAL_URL": "/evil",
        "HTTP_USER_AGENT": "evil",
        "HTTP_REFERER": "https://evil.example/",
    }
    for path in public_paths(event):
        SiteStamp.objects.bump()
        visitor.now += 2
        poisoned, clean = visitor.get(path, **strange), Visitor().get(path)
        assert (poisoned.body, poisoned.headers) == (clean.body, clean.headers), path
        assert b"evil" not in poisoned.body


def test_memory_is_bounded_and_filters_push_out_filters_only(event: Event) -> None:
    visitor = Visitor(megabytes=1)
    visitor.get("/en/countries/pl/")
    days = [f"2027-{month:02}-{day:02}" for month in range(1, 6) for day in range(1, 21)]
    for day in days:
        visitor.get(f"/en/countries/pl/?day={day}")
    assert visitor.cache.plain.size + visitor.cache.asked_for.size <= 1024 * 1024
    assert visitor.is_kept(f"/en/countries/pl/?day={days[-1]}")
    asked = len(visitor.asked)
    visitor.get(f"/en/countries/pl/?day={days[0]}")
    assert len(visitor.asked) == asked + 1
    visitor.get("/en/countries/pl/")
    assert len(visitor.asked) == asked + 1


def test_one_query_in_two_spellings_is_one_page(visitor: Visitor, event: Event) -> None:
    visitor.get("/en/protests/?kind=vigil")
    asked = len(visitor.asked)
    visitor.get("/en/protests/?" + "".join(f"%{ord(c):02X}" for c in "kind") + "=" + quote("vigil"))
    assert len(visitor.asked) == asked


@pytest.mark.parametrize("query", ["&" * 900, "&&day=2027-05-01", "day=%32027-05-01&&"])
def test_nobody_writes_into_the_page_of_the_next_visitor(visitor: Visitor, event: Event, query: str) -> None:
    """The address stands on the page, so a strange spelling of its query would, too."""
    plain = "/en/countries/pl/" + ("?day=2027-05-01" if "day" in query else "")
    visitor.get(f"/en/countries/pl/?{query}")
    assert visitor.get(plain).body.decode() == Client().get(plain, headers={"host": HOST}).content.decode()


def test_after_a_change_one_makes_the_page_and_the_others_take_the_old_one() -> None:
    made = threading.Semaphore(1)
    asked: list[int] = []
    versions = [1]

    def slow(_environ, start_response):
        asked.append(versions[0])
        with made:
            body = str(versions[0]).encode()
            head = [("Content-Type", "text/plain"), ("Cache-Control", "public"), ("ETag", f'"{versions[0]}"')]
            start_response("200 OK", head)
            return [body]

    clock = [1000.0]
    visitor = Visitor()
    visitor.cache = PageCache(slow, megabytes=1, read=lambda: versions[0], clock=lambda: clock[0])
    # Host checks need no database; the page is kept for the test's own host.
    assert visitor.get("/en/").body == b"1"
    versions[0] = 2
    clock[0] += 1.1
    answers: list[bytes] = []
    with made:
        first = threading.Thread(target=lambda: answers.append(visitor.get("/en/").body))
        first.start()
        while len(asked) < 2:
            time.sleep(0.001)
        assert visitor.get("/en/").body == b"1"
        clock[0] += 1.5
        # Now the old one is too old to be given away: who comes waits for the new one.
        second = threading.Thread(target=lambda: answers.append(visitor.get("/en/").body))
        second.start()
        time.sleep(0.05)
        assert answers == []
    first.join()
    second.join()
    assert (answers, asked) == ([b"2", b"2"], [1, 2])


def test_a_page_that_nobody_has_made_yet_is_made_once_for_all_who_ask() -> None:
    made = threading.Semaphore(0)
    asked: list[str] = []

    def slow(environ, start_response):
        asked.append(environ["PATH_INFO"])
        made.acquire()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Cache-Control", "public"), ("ETag", '"1"')])
        return [b"page"]

    visitor = Visitor()
    visitor.cache = PageCache(slow, megabytes=1, read=lambda: 1)
    answers: list[bytes] = []
    crowd = [threading.Thread(target=lambda: answers.append(visitor.get("/en/").body)) for _visitor in range(8)]
    for one in crowd:
        one.start()
    made.release()
    for one in crowd:
        one.join(timeout=120)
    assert (answers, asked) == ([b"page"] * 8, ["/en/"])


@pytest.fixture
def two_servers() -> Iterator[list[str]]:
    with web_server() as first, web_server() as second:
        yield [f"http://localhost:{port}" for port in (first, second)]


@pytest.mark.django_db(transaction=True)
def test_two_web_processes_show_a_protest_within_two_seconds_of_its_approval(
    client: Client, two_servers: list[str]
) -> None:
    revision = RevisionFactory(title="Seen at once")
    OrganiserFactory(event=revision.event, user=revision.author)
    log_in(client, CoordinatorFactory(campaign=revision.event.campaign, country="PL").user)
    for server in two_servers:
        assert b"Seen at once" not in fetched(f"{server}/en/countries/pl/")
    response = client.post(f"/moderation/{revision.pk}/decide/", {"verb": "approve"})
    approved_at = time.monotonic()
    assert response.status_code == 302
    time.sleep(max(0, 2 - (time.monotonic() - approved_at)))
    for server in two_servers:
        assert b"Seen at once" in fetched(f"{server}/en/countries/pl/")


def fetched(url: str) -> bytes:
    with urlopen(Request(url, headers={"Accept-Encoding": "br"}), timeout=120) as response:
        assert response.headers["Content-Encoding"] == "br"
        return brotli.decompress(response.read())
