"""Who is let in when more come than can be served: nobody waits in vain, and people at work go first."""

import threading
import time
from collections.abc import Callable
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.conf import settings

from noborder.admission import AT_WORK, KNOWN_FOR, MAKES_A_PAGE, MOST_THREADS_TAKEN, RETRY_AFTER, Admission, Urgency

MODERATOR = f"{settings.SESSION_COOKIE_NAME}=moderator"
STRANGER = f"{settings.SESSION_COOKIE_NAME}=invented"


class Crowd:
    """Visitors in threads of their own before a site whose every answer takes until `open` is called."""

    def __init__(self) -> None:
        self.gate, self.inside = threading.Semaphore(0), threading.Semaphore(0)
        self.now = 0.0
        self.order: list[str] = []
        self.answers: dict[str, tuple[str, dict[str, str], bytes]] = {}
        self.threads: list[threading.Thread] = []
        self.admission = Admission(self._site, clock=lambda: self.now)

    def _site(self, environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
        self.order.append(environ["QUERY_STRING"])
        self.inside.release()
        self.gate.acquire()
        start_response("302 Found" if "invented" in environ.get("HTTP_COOKIE", "") else "200 OK", [])
        return [b"page"]

    def ask(self, name: str, path: str = "/en/protests/", **environ: object) -> None:
        asked: dict[str, Any] = {"PATH_INFO": path, "QUERY_STRING": name, **environ}
        setup_testing_defaults(asked)

        def start_response(status: str, headers: list[tuple[str, str]]) -> None:
            self.answers[name] = status, dict(headers), b""

        def visit() -> None:
            body = b"".join(self.admission(asked, start_response))
            self.answers[name] = (*self.answers[name][:2], body)

        self.threads.append(threading.Thread(target=visit))
        self.threads[-1].start()

    def let_in(self, number: int) -> None:
        """Wait until so many more have come to the site."""
        for _visitor in range(number):
            assert self.inside.acquire(timeout=60)

    def wait_for(self, urgency: Urgency, number: int) -> None:
        """Wait until so many stand in the queue."""
        queue = self.admission.turnstile.waiting[urgency]
        deadline = time.monotonic() + 60
        while len(queue) < number:
            assert time.monotonic() < deadline
            time.sleep(0.001)

    def open(self, number: int = 1) -> None:
        for _visitor in range(number):
            self.gate.release()

    def go(self) -> None:
        self.open(1000)
        for thread in self.threads:
            thread.join(60)


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> Crowd:
    """Nobody loses patience while a busy machine looks elsewhere."""
    monkeypatch.setattr(Urgency, "patience", 60.0)
    return Crowd()


def fill(crowd: Crowd) -> None:
    for number in range(AT_WORK):
        crowd.ask(f"at work {number}")
    crowd.let_in(AT_WORK)


def test_strangers_beyond_those_who_may_wait_are_told_to_come_again(crowd: Crowd) -> None:
    fill(crowd)
    for number in range(Urgency.STRANGER.most_waiting):
        crowd.ask(f"waits {number}")
        crowd.wait_for(Urgency.STRANGER, number + 1)
    crowd.ask("too many", path="/pl/protests/")
    crowd.threads[-1].join(60)
    status, headers, body = crowd.answers["too many"]
    assert (status, headers["Retry-After"], headers["Cache-Control"]) == (
        "503 Service Unavailable",
        RETRY_AFTER,
        "no-store",
    )
    assert {"Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options"} <= headers.keys()
    assert b'<html lang="pl"' in body
    crowd.go()
    assert sorted(crowd.order) == sorted({*crowd.answers} - {"too many"})
    assert {status for name, (status, *_rest) in crowd.answers.items() if name != "too many"} == {"200 OK"}
    assert crowd.admission.turnstile.free == AT_WORK


def test_people_in_their_rooms_go_first_then_who_makes_a_page_who_logs_in_and_strangers(crowd: Crowd) -> None:
    crowd.ask("learned", path="/moderation/", HTTP_COOKIE=MODERATOR)
    crowd.ask("not let in", path="/moderation/", HTTP_COOKIE=STRANGER)
    crowd.open(2)
    crowd.let_in(2)
    for thread in crowd.threads:
        thread.join(60)
    fill(crowd)
    crowd.ask("stranger", HTTP_COOKIE=STRANGER)
    crowd.wait_for(Urgency.STRANGER, 1)
    crowd.ask("logs in", path="/accounts/login/")
    crowd.wait_for(Urgency.ON_THE_WAY_IN, 1)
    crowd.ask("not known yet", path="/moderation/", HTTP_COOKIE=STRANGER)
    crowd.wait_for(Urgency.ON_THE_WAY_IN, 2)
    crowd.ask("page", **{MAKES_A_PAGE: True})
    crowd.wait_for(Urgency.PAGE, 1)
    crowd.ask("moderator", path="/en/protests/", HTTP_COOKIE=MODERATOR)
    crowd.wait_for(Urgency.KNOWN, 1)
    for _turn in range(5):
        crowd.open()
        crowd.let_in(1)
    assert crowd.order[-5:] == ["moderator", "page", "logs in", "not known yet", "stranger"]
    crowd.go()


def test_a_session_is_known_for_a_while_only(crowd: Crowd) -> None:
    crowd.ask("learned", path="/admin/", HTTP_COOKIE=MODERATOR)
    crowd.open()
    crowd.let_in(1)
    crowd.threads[-1].join(60)
    crowd.now += KNOWN_FOR + 1
    fill(crowd)
    crowd.ask("forgotten", HTTP_COOKIE=MODERATOR)
    crowd.wait_for(Urgency.STRANGER, 1)
    crowd.go()


def test_who_loses_patience_leaves_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Urgency, "patience", 0.01)
    crowd = Crowd()
    fill(crowd)
    crowd.ask("impatient")
    crowd.threads[-1].join(60)
    assert crowd.answers["impatient"][0] == "503 Service Unavailable"
    assert [len(queue) for queue in crowd.admission.turnstile.waiting] == [0, 0, 0, 0]
    crowd.go()
    assert crowd.admission.turnstile.free == AT_WORK


@pytest.mark.parametrize("path", ["/healthz", "/static/css/site.css"])
def test_what_costs_nothing_waits_for_nobody(crowd: Crowd, path: str) -> None:
    fill(crowd)
    crowd.ask("at once", path=path)
    crowd.let_in(1)
    crowd.go()
    assert crowd.answers["at once"][0] == "200 OK"


def test_a_failure_of_the_site_gives_its_place_back() -> None:
    def broken(_environ: object, _start_response: object) -> list[bytes]:
        raise ValueError

    admission = Admission(broken)
    for _time in range(AT_WORK + 1):
        with pytest.raises(ValueError):  # noqa: PT011 - its own, above
            admission({"PATH_INFO": "/en/", "REQUEST_METHOD": "GET"}, lambda *_said: None)
    assert admission.turnstile.free == AT_WORK


def test_many_in_a_hurry_are_never_more_at_work_than_there_are_places() -> None:
    most, now, lock = [0], [0], threading.Lock()

    def site(_environ: object, start_response: Callable[..., object]) -> list[bytes]:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.001)
        with lock:
            now[0] -= 1
        start_response("200 OK", [])
        return [b""]

    admission, said = Admission(site), []

    def visit() -> None:
        for _time in range(20):
            environ: dict[str, Any] = {"PATH_INFO": "/en/protests/"}
            setup_testing_defaults(environ)
            list(admission(environ, lambda status, _headers: said.append(status)))

    threads = [threading.Thread(target=visit) for _visitor in range(MOST_THREADS_TAKEN)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert most[0] <= AT_WORK
    assert {*said} <= {"200 OK", "503 Service Unavailable"}
    assert len(said) == 20 * MOST_THREADS_TAKEN
    assert admission.turnstile.free == AT_WORK
