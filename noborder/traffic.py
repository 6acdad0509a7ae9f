"""How many requests were answered, by class of status, and how many of them from memory: numbers of all web processes
together. Each process counts for itself and adds to Redis every few seconds; what Redis loses starts again from 0."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import redis
from django.conf import settings

from noborder.page_cache.application import FROM_MEMORY

KEY = "traffic"
MEMORY = "memory"
SECONDS_BETWEEN_WRITES = 10
CLASSES = ("2xx", "3xx", "4xx", "5xx")


class Counted:
    """The application in front of all others: passes everything on and counts what comes back."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application
        self.counts: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.writer: threading.Thread | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def counting(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
            self.count(f"{status[0]}xx", is_from_memory=FROM_MEMORY in environ)
            return start_response(status, headers, *rest)

        return self.application(environ, counting)

    def count(self, status: str, *, is_from_memory: bool) -> None:
        with self.lock:
            self.counts[status] += 1
            if is_from_memory:
                self.counts[MEMORY] += 1
            # Only here, since a process may be forked after this was made.
            if self.writer is None:
                self.writer = threading.Thread(target=self._write_on, daemon=True, name="traffic")
                self.writer.start()

    def _write_on(self) -> None:
        while True:
            time.sleep(SECONDS_BETWEEN_WRITES)
            self.write()

    def write(self) -> None:
        """Add what was counted to the numbers of all processes; kept for the next time if Redis is away."""
        with self.lock:
            counted, self.counts = self.counts, Counter()
        try:
            with _redis() as client, client.pipeline(transaction=False) as pipe:
                for name, number in counted.items():
                    pipe.hincrby(KEY, name, number)
                pipe.execute()
        except redis.RedisError:
            with self.lock:
                self.counts += counted


def totals() -> dict[str, int]:
    """What was counted so far, by name; empty if Redis is away."""
    try:
        with _redis() as client:
            found: dict[bytes, bytes] = client.hgetall(KEY)
    except redis.RedisError:
        return {}
    return {name.decode(): int(number) for name, number in found.items()}


def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.CACHE_URL, socket_timeout=1, socket_connect_timeout=1)
