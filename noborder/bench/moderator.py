"""A moderator at work: queue, submission, decision, and again, as her browser would ask for them."""

import http.client
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from urllib.parse import urlencode

# A browser would have been given one with its first form.
CSRF_SECRET = "m" * 32
# Between two clicks, in seconds: faster than anybody reads.
PAUSE = 0.2
PATIENCE = 30
SUBMISSION = re.compile(r'href="(/moderation/\d+/)')


class SentAwayError(Exception):
    """The site has not done what she wanted."""


@dataclass
class Moderator:
    """She comes in by a door of her own or of the crowd's; what she waited for each answer, and how often in vain."""

    port: int
    cookies: str
    is_tls: bool
    times: list[float] = field(default_factory=list)
    decisions: int = 0
    failures: int = 0

    @property
    def p95(self) -> float:
        return sorted(self.times)[int(len(self.times) * 0.95)] if self.times else float("nan")

    def forget_times(self) -> None:
        self.times.clear()
        self.decisions = self.failures = 0

    @contextmanager
    def at_work(self) -> Iterator[None]:
        self.is_over = threading.Event()
        thread = threading.Thread(target=self._work)
        thread.start()
        try:
            yield
        finally:
            self.is_over.set()
            thread.join()

    def _work(self) -> None:
        while not self.is_over.is_set():
            try:
                self._decide_on_the_first()
            except (OSError, http.client.HTTPException, SentAwayError):
                self.failures += 1

    def _decide_on_the_first(self) -> None:
        connection = self._connection()
        try:
            found = SUBMISSION.search(self._click(connection, "GET", "/moderation/", 200))
            if found:
                self._click(connection, "GET", found[1], 200)
                self._click(connection, "POST", f"{found[1]}decide/", 302)
                self.decisions += 1
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if not self.is_tls:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=PATIENCE, context=context)

    def _click(self, connection: http.client.HTTPConnection, method: str, path: str, expected: int) -> str:
        counts = not self.is_over.wait(PAUSE)
        form = urlencode({"verb": "approve", "csrfmiddlewaretoken": CSRF_SECRET}) if method == "POST" else None
        headers = {
            "Host": "localhost",
            "Cookie": self.cookies,
            "Origin": "https://localhost",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "127.0.0.1",
            **({"Content-Type": "application/x-www-form-urlencoded"} if form else {}),
        }
        start = perf_counter()
        connection.request(method, path, form, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status != expected:
            raise SentAwayError(f"{method} {path}: {answer.status}")
        if counts:
            self.times.append(perf_counter() - start)
        return text
