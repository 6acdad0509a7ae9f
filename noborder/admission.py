"""Who gets to Django first when more come than it can serve: a WSGI application between the kept pages and Django's.

A few requests at a time do work. Some others wait for a moment, people in their rooms before strangers; who would
wait too long, or behind too many, is told at once to come again. So there is always a thread left for kept pages, and
a burst costs answers of a millisecond instead of memory and minutes (docs/decisions/0043-overload.md).
"""

import hashlib
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from enum import IntEnum
from functools import lru_cache
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.cookie import parse_cookie
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language_from_path

from noborder.middleware import SecurityHeaders

# Requests at work in one process. They share one core at best: more would only make all of them slower.
AT_WORK = 3
RETRY_AFTER = "5"
# They answer 200 to nobody but those who are logged in, or who hold a link of their own.
ROOMS = ("/moderation/", "/organise/", "/admin/")
# The way there. Whoever comes to work while a crowd looks around must not stand behind it.
WAYS_IN = (*ROOMS, "/accounts/")
# What costs next to nothing, and must not fail because others do.
ALWAYS = ("/static/", "/healthz", "/readyz", "/metrics")
MOST_KNOWN, KNOWN_FOR = 1000, 900.0
# Set by the page cache: who makes a page makes it for all who ask for it.
MAKES_A_PAGE = "noborder.makes_a_page"


class Urgency(IntEnum):
    """Who goes before whom."""

    KNOWN = 0
    PAGE = 1
    ON_THE_WAY_IN = 2
    STRANGER = 3

    @property
    def most_waiting(self) -> int:
        return {Urgency.KNOWN: 6, Urgency.PAGE: 4}.get(self, 3)

    @property
    def patience(self) -> float:
        """Seconds. A page that is not made in time is sent as it was before."""
        return 10.0 if self in {Urgency.KNOWN, Urgency.ON_THE_WAY_IN} else 2.0


# With fewer threads than this, kept pages would wait behind what Django makes.
MOST_THREADS_TAKEN = AT_WORK + sum(urgency.most_waiting for urgency in Urgency)


class Turnstile:
    """Lets so many through at a time, the more urgent before the less urgent, and nobody wait in vain."""

    def __init__(self, places: int) -> None:
        self.free = places
        self.waiting: list[deque[threading.Event]] = [deque() for _urgency in Urgency]
        self.lock = threading.Lock()

    def enter(self, urgency: Urgency) -> bool:
        """Whether there was a place in time; whoever got one has to `leave`."""
        queue = self.waiting[urgency]
        with self.lock:
            if self.free:
                self.free -= 1
                return True
            if len(queue) >= urgency.most_waiting:
                return False
            turn = threading.Event()
            queue.append(turn)
        if turn.wait(urgency.patience):
            return True
        with self.lock:
            if not turn.is_set():
                queue.remove(turn)
            return turn.is_set()

    def leave(self) -> None:
        """Hand the place on."""
        with self.lock:
            queue = next(filter(None, self.waiting), None)
            if queue is None:
                self.free += 1
            else:
                queue.popleft().set()


class Known:
    """Sessions that were lately let into a room, as hashes: nobody gets ahead by inventing a cookie."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._until: OrderedDict[bytes, float] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, session: bytes) -> bool:
        return self._until.get(session, 0) > self.clock()

    def add(self, session: bytes) -> None:
        with self._lock:
            self._until[session] = self.clock() + KNOWN_FOR
            self._until.move_to_end(session)
            if len(self._until) > MOST_KNOWN:
                self._until.popitem(last=False)


class Admission:
    """Hands requests to Django, as many at a time as it can serve."""

    def __init__(self, application: WSGIApplication, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.application = application
        self.turnstile = Turnstile(AT_WORK)
        self.known = Known(clock)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(ALWAYS):
            return self.application(environ, start_response)
        session = _session(environ)
        if not self.turnstile.enter(self._urgency(environ, session)):
            return _busy(environ, start_response)
        try:
            return self.application(environ, self._watched(environ, session, start_response))
        finally:
            self.turnstile.leave()

    def _urgency(self, environ: WSGIEnvironment, session: bytes) -> Urgency:
        if environ.get(MAKES_A_PAGE):
            return Urgency.PAGE
        if session and session in self.known:
            return Urgency.KNOWN
        return Urgency.ON_THE_WAY_IN if environ["PATH_INFO"].startswith(WAYS_IN) else Urgency.STRANGER

    def _watched(self, environ: WSGIEnvironment, session: bytes, start_response: StartResponse) -> StartResponse:
        """The same, remembering whom a room has let in."""
        if not session or not environ["PATH_INFO"].startswith(ROOMS):
            return start_response

        def watched(status: str, headers: list[tuple[str, str]], error: object = None) -> Callable[[bytes], object]:
            if status.startswith("200"):
                self.known.add(session)
            return start_response(status, headers)

        return watched


def _session(environ: WSGIEnvironment) -> bytes:
    """What names the visitor's session; nothing if there is none."""
    key = parse_cookie(environ.get("HTTP_COOKIE", "")).get(settings.SESSION_COOKIE_NAME, "")
    return hashlib.sha256(key.encode(errors="replace")).digest() if key else b""


def _busy(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    headers, body = _busy_page(get_language_from_path(environ["PATH_INFO"]) or settings.LANGUAGE_CODE)
    start_response("503 Service Unavailable", list(headers))
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


@lru_cache(maxsize=16)
def _busy_page(language: str) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """The answer in one language, made once: when it is needed, there is no time to make it."""
    with translation.override(language):
        text = render_to_string("busy.html", {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL})

    def answer(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(text, status=503, headers={"Retry-After": RETRY_AFTER, "Cache-Control": "no-store"})

    request = HttpRequest()
    response = SecurityHeaders(answer)(request)
    for middleware in (SecurityMiddleware(answer), XFrameOptionsMiddleware(answer)):
        response = middleware.process_response(request, response)
    headers = {**response.headers, "Content-Language": language, "Content-Length": str(len(response.content))}
    return tuple(headers.items()), response.content
