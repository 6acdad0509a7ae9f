"""The WSGI application in front of Django's."""

import functools
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from noborder.admission import MAKES_A_PAGE
from noborder.page_cache.pages import Headers, Key, Page, Pages, Turns, best_encoding, finished
from noborder.page_cache.stamp import OLDEST, OLDEST_ON_ERROR, Stamp, read_version

# Without a language in their address they are the only public ones that a language cookie could touch.
WITHOUT_LANGUAGE = ("/feeds/", "/embed/", "/sitemap")
# Forms for strangers, whose answers are for one visitor only (docs/decisions/0012): Django compresses them with noise.
FOR_ONE_VISITOR = ("register/", "reminders/", "contact/", "appeal/sign/")
# Endless in number, and seldom asked for twice.
NEVER_KEPT = {"q", "after"}
# What a page for everybody must not be made from. The encoding is ours to choose.
NOT_FOR_DJANGO = {"HTTP_ACCEPT_ENCODING", "HTTP_ACCEPT_LANGUAGE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE"}
# There are more filters than memory: whoever tries them all shall not push out the pages that people come for.
PART_FOR_QUERIES = 4
# No page may take more than this part of the memory.
LARGEST_PART = 64
# Set in a request's environ once it is answered with a page that was there already.
FROM_MEMORY = "noborder.from_memory"
# How long to wait for another thread that is making the same page.
PATIENCE = 5.0


@dataclass
class Answer:
    """What Django said, its body still to be read."""

    status: str
    headers: Headers
    body: Iterable[bytes]

    @property
    def is_failure(self) -> bool:
        return self.status.startswith("5")

    def is_for_everybody(self) -> bool:
        said = {name.lower(): value.lower() for name, value in self.headers}
        return (
            self.status.startswith("200")
            and said.get("cache-control", "").startswith("public")
            and "etag" in said
            and "set-cookie" not in said
            and "content-encoding" not in said
            and "cookie" not in said.get("vary", "")
        )

    def read(self) -> bytes:
        try:
            return b"".join(self.body)
        finally:
            self.close()

    def close(self) -> None:
        close = getattr(self.body, "close", None)
        if close:
            close()


class PageCache:
    """Answers public pages from memory while nothing has changed, and hands everything else to Django."""

    def __init__(
        self,
        application: WSGIApplication,
        *,
        megabytes: int,
        read: Callable[[], int] = read_version,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.application = application
        self.stamp = Stamp(read, clock)
        self.budget = megabytes * 1024 * 1024
        self.asked_for = Pages(self.budget // PART_FOR_QUERIES)
        self.plain = Pages(self.budget - self.asked_for.budget)
        self.turns = Turns()
        # Below these may lie pages that are the same for everybody; whether one is, its headers say.
        languages = [f"/{code}/" for code in settings.COMPLETE_LANGUAGES]
        self.public = (*languages, *WITHOUT_LANGUAGE)
        self.private = tuple(language + form for language in languages for form in FOR_ONE_VISITOR)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        key = _key(environ) if self._may_be_for_everybody(environ["PATH_INFO"]) else None
        if key is None:
            return self.application(environ, start_response)
        is_known = self.stamp.is_known()
        page = self._pages(key).get(key)
        if page is not None and self._may_send(page, is_known):
            return _send_kept(page, environ, start_response)
        if not is_known:
            return self._make(key, page, is_known, environ, start_response)
        return self._renew(key, page, environ, start_response)

    def _pages(self, key: Key) -> Pages:
        return self.asked_for if key[1] else self.plain

    def _may_be_for_everybody(self, path: str) -> bool:
        return path.startswith(self.public) and not path.startswith(self.private)

    def _may_send(self, page: Page, is_known: bool) -> bool:
        if is_known:
            return page.version == self.stamp.latest.version
        return self.stamp.age(page.version) <= OLDEST_ON_ERROR

    def _renew(
        self, key: Key, page: Page | None, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """One thread makes the page, the others are given the old one for as long as it is young enough, and then
        wait."""
        turn = self.turns.of(key)
        is_my_turn = turn.acquire(blocking=False)
        if not is_my_turn:
            if page is not None and self.stamp.age(page.version) <= OLDEST:
                return _send_kept(page, environ, start_response)
            is_my_turn = turn.acquire(timeout=PATIENCE)
        try:
            made = self._pages(key).get(key)
            if made is not None and self._may_send(made, is_known=True):
                return _send_kept(made, environ, start_response)
            return self._make(key, page, True, environ, start_response)
        finally:
            if is_my_turn:
                turn.release()

    def _make(
        self, key: Key, old: Page | None, is_known: bool, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Ask Django, and keep what may be kept. The version is taken before: a page may be newer than that."""
        version = self.stamp.latest.version
        answer = self._ask(environ, key[1])
        if answer.is_for_everybody():
            page = finished(answer.headers, answer.read(), encoding=key[2], version=version)
            if is_known and len(page.body) <= self.budget // LARGEST_PART:
                self._pages(key).keep(key, page)
            return _send(page, environ, start_response)
        if answer.is_failure and old is not None and self.stamp.age(old.version) <= OLDEST_ON_ERROR:
            answer.close()
            return _send_kept(old, environ, start_response)
        if answer.is_failure and not is_known:
            answer.status = f"503 {HTTPStatus.SERVICE_UNAVAILABLE.phrase}"
            answer.headers.append(("Retry-After", "10"))
        if old is not None and not answer.is_failure:
            self._pages(key).drop(key)
        start_response(answer.status, answer.headers)
        return answer.body

    def _ask(self, environ: WSGIEnvironment, query: str) -> Answer:
        """The page for everybody who asks for its key: made from nothing else of what this visitor has sent."""
        asked = {name: value for name, value in environ.items() if name not in NOT_FOR_DJANGO}
        if environ["PATH_INFO"].startswith(WITHOUT_LANGUAGE):
            asked.pop("HTTP_COOKIE", None)
        asked["REQUEST_METHOD"], asked["QUERY_STRING"] = "GET", query
        asked[MAKES_A_PAGE] = True
        said: list[Any] = []

        def start_response(status: str, headers: Headers, _error: object = None) -> Callable[[bytes], object]:
            said[:] = [status, headers]
            return said.append  # the old way to write, which Django does not use

        body = self.application(asked, start_response)
        return Answer(said[0], list(said[1]), body)


def _key(environ: WSGIEnvironment) -> Key | None:
    """What the page is kept under; None for what Django must answer itself."""
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
        return None
    if not _is_ours(environ.get("HTTP_HOST", "")) or not _is_secure_enough(environ):
        return None
    if not query.isascii():
        return None
    if query:
        parts = parse_qsl(query, keep_blank_values=True)
        if any(name in NEVER_KEPT for name, _value in parts):
            return None
        query = urlencode(parts)
    return path, query, best_encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))


def _is_ours(host: str) -> bool:
    return _is_allowed(host, tuple(settings.ALLOWED_HOSTS))


@functools.lru_cache(maxsize=64)
def _is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    """As Django would say."""
    return bool(host) and validate_host(split_domain_port(host)[0], allowed)


def _is_secure_enough(environ: WSGIEnvironment) -> bool:
    """Whether Django would not lead to https first."""
    if not settings.SECURE_SSL_REDIRECT:
        return True
    header = settings.SECURE_PROXY_SSL_HEADER
    if header and header[0] in environ:
        return bool(environ[header[0]].split(",")[0].strip() == header[1])
    return bool(environ["wsgi.url_scheme"] == "https")


def _send_kept(page: Page, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    environ[FROM_MEMORY] = True
    return _send(page, environ, start_response)


def _send(page: Page, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known and _matches(known, page.etag):
        start_response("304 Not Modified", page.headers_of_304)
        return []
    start_response("200 OK", list(page.headers))
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [page.body]


def _matches(known: str, etag: str) -> bool:
    return known == "*" or etag in {tag.strip().removeprefix("W/") for tag in known.split(",")}
