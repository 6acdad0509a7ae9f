"""Errors reported to a service that speaks Sentry's protocol and that the host runs (GlitchTip, Bugsink, Sentry): off
unless ERROR_REPORTS_DSN is set.

A report is built from what may be told, not cleaned of what may not: kind and place of each error, the pattern of the
address, the logger. No words of errors, no values, no bodies, headers, people or addresses, and no name of the machine.
"""

import http.client
import json
import logging
import os
import queue
import threading
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from noborder.logs import chain_of, error_of, frames_of, message_of, route_of

TIMEOUT = 5
MOST_WAITING = 50
MOST_A_MINUTE = 30


class BadDsn(ValueError):
    pass


@dataclass(frozen=True)
class Service:
    """Where reports go: https://<key>@<host>/<path>/<project>."""

    is_secure: bool
    host: str
    port: int | None
    path: str
    key: str

    @classmethod
    def at(cls, dsn: str) -> "Service":
        parts = urlsplit(dsn)
        prefix, _slash, project = parts.path.rpartition("/")
        if parts.scheme not in {"http", "https"} or not (parts.hostname and parts.username and project.isalnum()):
            raise BadDsn
        path = f"{prefix}/api/{project}/envelope/"
        return cls(parts.scheme == "https", parts.hostname, parts.port, path, parts.username)

    def send(self, event: dict[str, Any]) -> None:
        """Raises OSError or HTTPException. Follows no redirect."""
        kind = http.client.HTTPSConnection if self.is_secure else http.client.HTTPConnection
        connection = kind(self.host, self.port, timeout=TIMEOUT)
        headers = {
            "Content-Type": "application/x-sentry-envelope",
            "User-Agent": "noborder",
            "X-Sentry-Auth": f"Sentry sentry_version=7, sentry_client=noborder/1.0, sentry_key={self.key}",
        }
        try:
            connection.request("POST", self.path, _envelope(event), headers)
            connection.getresponse().read()
        finally:
            connection.close()


def _envelope(event: dict[str, Any]) -> bytes:
    head = {"event_id": event["event_id"], "sent_at": datetime.now(tz=UTC).isoformat()}
    return "\n".join(json.dumps(part) for part in (head, {"type": "event"}, event)).encode() + b"\n"


def event_of(record: logging.LogRecord) -> dict[str, Any]:
    event: dict[str, Any] = {
        "event_id": uuid.uuid4().hex,
        "timestamp": datetime.fromtimestamp(record.created, tz=UTC).isoformat(),
        "platform": "python",
        "level": "fatal" if record.levelno >= logging.CRITICAL else "error",
        "logger": record.name,
        "logentry": {"formatted": message_of(record)},
    }
    route, error = route_of(record), error_of(record)
    if route:
        event["transaction"] = route
    if error:
        # The service wants the outermost last, as Python prints them.
        event["exception"] = {"values": [_told(one) for one in reversed(list(chain_of(error)))]}
    return event


def _told(error: BaseException) -> dict[str, Any]:
    frames = [
        {"filename": name, "lineno": line, "function": function, "in_app": "/" in name and not _is_foreign(name)}
        for name, line, function in frames_of(error.__traceback__)
    ]
    kind = type(error)
    return {"type": kind.__qualname__, "module": kind.__module__, "value": "", "stacktrace": {"frames": frames}}


def _is_foreign(name: str) -> bool:
    return name.startswith(("django/", "celery/", "psycopg/", "allauth/", "python3"))


class Reporter(logging.Handler):
    """Hands errors to a thread that sends them one by one. Who logs never waits, and what comes too fast is dropped."""

    def __init__(self, dsn: str, level: int | str = logging.ERROR) -> None:
        super().__init__(level)
        self.service = Service.at(dsn)
        self.waiting: queue.Queue[dict[str, Any]] = queue.Queue(MOST_WAITING)
        self.process = 0
        self.minute, self.number = 0, 0

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if self._is_too_fast():
                return
            self._start()
            self.waiting.put_nowait(event_of(record))
        except queue.Full:
            pass
        except Exception:
            self.handleError(record)

    def _is_too_fast(self) -> bool:
        minute = int(time.time() // 60)
        self.minute, self.number = minute, self.number + 1 if minute == self.minute else 1
        return self.number > MOST_A_MINUTE

    def _start(self) -> None:
        """Once a process: neither thread nor queue lives on in a fork."""
        if self.process != os.getpid():
            self.process = os.getpid()
            self.waiting = queue.Queue(MOST_WAITING)
            threading.Thread(target=self._send_on, args=[self.waiting], daemon=True, name="error reports").start()

    def _send_on(self, waiting: "queue.Queue[dict[str, Any]]") -> None:
        while True:
            event = waiting.get()
            try:
                self.service.send(event)
            except (OSError, http.client.HTTPException):
                # An error that cannot be reported stands in the log.
                pass
            finally:
                waiting.task_done()
