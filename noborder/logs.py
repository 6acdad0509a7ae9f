"""What the log says: in production one JSON object a line, elsewhere lines for people. Neither ever holds an address of
a person or a machine, a token or a query string; errors are told by their kind and place, for their words may quote
what somebody typed."""

import ipaddress
import json
import logging
import re
import traceback
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

HERE = Path(__file__).resolve().parent.parent
_ADDRESS = re.compile(r"""[^\s<>"'(),;:=]+(?:@|%40)[^\s<>"'(),;:=]+""")
_QUERY = re.compile(r"(?<=[\w/])\?[^\s\"']+")
# IPv4, or something with colons that may be IPv6.
_NUMBERS = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*)(?![\w.])", re.IGNORECASE
)
# Signed links, keys of forms, sealed values, session keys: long, with a digit, without a blank.
_LONG = re.compile(r"(?=[\w:-]*\d)[\w-][\w:-]{18,}[\w-]")


def scrubbed(text: str) -> str:
    """*text* without anything that may name or open somebody's."""
    text = _QUERY.sub("?[query]", _ADDRESS.sub("[address]", text))
    return _LONG.sub("[token]", _NUMBERS.sub(_or_ip, text))


def _or_ip(found: re.Match[str]) -> str:
    try:
        ipaddress.ip_address(found[0])
    except ValueError:
        return found[0]
    return "[ip]"


def route_of(record: logging.LogRecord) -> str | None:
    """The pattern of the address that a record of Django is about, which has gaps where the address has tokens."""
    request = getattr(record, "request", None)
    if request is None:
        return None
    match = getattr(request, "resolver_match", None)
    method = getattr(request, "method", "")
    return f"{method} /{match.route}" if match else f"{method} [no such address]"


def message_of(record: logging.LogRecord) -> str:
    route = route_of(record)
    if route is not None:
        return f"{getattr(record, 'status_code', '')} {route}".strip()
    task = getattr(record, "data", None)
    if record.name.startswith("celery.") and isinstance(task, Mapping) and "description" in task:
        # Celery would add the error's words, and what the task was given.
        return f"task {task.get('name')} {task['description']}"
    return scrubbed(record.getMessage())


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from, the outermost first."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def frames_of(trace: TracebackType | None) -> list[tuple[str, int, str]]:
    """File, line and function of each step: no values, no source."""
    return [(short(frame.f_code.co_filename), line, frame.f_code.co_name) for frame, line in traceback.walk_tb(trace)]


def short(filename: str) -> str:
    """A file's name below the site or its packages: where it is installed is nobody's business."""
    for root in ("site-packages/", f"{HERE}/", "lib/"):
        _before, found, rest = filename.rpartition(root)
        if found:
            return rest
    return Path(filename).name


def error_of(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if record.exc_info else None


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message_of(record),
        }
        error = error_of(record)
        if error:
            line["errors"] = [_told(one) for one in chain_of(error)]
        return json.dumps(line, ensure_ascii=False)


def _told(error: BaseException) -> dict[str, Any]:
    where = [f"{name}:{line} {function}" for name, line, function in frames_of(error.__traceback__)]
    return {"type": type(error).__qualname__, "where": where}


class Lines(logging.Formatter):
    """For people at their own machine: the whole traceback, scrubbed."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{record.levelname} {record.name} {message_of(record)}"
        error = error_of(record)
        return f"{line}\n{scrubbed(''.join(traceback.format_exception(error)).rstrip())}" if error else line
