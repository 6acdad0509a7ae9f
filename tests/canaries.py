"""A pytest plugin: whatever any test has logged is read as production and as a machine at home would write it, and at
the end also what Redis holds. An address, an IP or a signed link in it turns the run red (SECURITY R19)."""

import logging
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import settings

from noborder.logs import JsonLines, Lines

# In words of their own: what the log takes out is told in noborder/logs.py.
SECRETS = {
    "address": re.compile(r"[\w.+-]+(?:@|%40)[\w-]+\.\w"),
    "IP": re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])|(?<![\w:])[0-9a-f]{0,4}::[0-9a-f:]+"),
    "signed link": re.compile(r"[\w-]+:[\w-]{6}:[\w-]{43}"),
}
# Pictures lie there sealed, and among random bytes anything looks like an address: those of tests end like this.
IN_REDIS = re.compile(r"(?:@|%40)[\w.-]*example|[\w-]+:[\w-]{6}:[\w-]{43}")
OUTPUT = "canaries"


def secrets_in(text: str) -> list[str]:
    """The kinds of secrets that *text* holds."""
    return [kind for kind, pattern in SECRETS.items() if pattern.search(text)]


class Listener(logging.Handler):
    """Reads every record in both forms."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.heard = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.heard += 1
        for form in (JsonLines(), Lines()):
            text = form.format(record)
            for kind in secrets_in(text):
                self.found.append(f"{kind} in a log line of {os.environ.get('PYTEST_CURRENT_TEST')}: {text}")


def everything_in_redis() -> Iterator[str]:
    """Every key with its value, of cache and broker."""
    for number in (0, 1):
        with redis.Redis.from_url(
            settings.CACHE_URL.replace("db=0", f"db={number}"), decode_responses=True, encoding_errors="replace"
        ) as client:
            for key in client.scan_iter():
                yield f"{key} {_value(client, key)}"


def _value(client: Any, key: str) -> Any:
    match client.type(key):
        case "string":
            return client.get(key)
        case "hash":
            return client.hgetall(key)
        case "list":
            return client.lrange(key, 0, -1)
        case "set":
            return client.smembers(key)
        case "zset":
            return client.zrange(key, 0, -1)
        case other:
            return other


def listener_of(config: pytest.Config) -> Listener:
    listener: Listener = config.stash[_LISTENER]
    return listener


_LISTENER = pytest.StashKey[Listener]()


def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.stash[_LISTENER] = Listener()
    logging.getLogger().addHandler(session.config.stash[_LISTENER])


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Some tests set logging up anew, which sends listeners away."""
    root, listener = logging.getLogger(), item.config.stash[_LISTENER]
    if listener not in root.handlers:
        root.addHandler(listener)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """What a worker of pytest-xdist has found."""
    listener_of(node.config).found += getattr(node, "workeroutput", {}).get(OUTPUT, [])


def pytest_sessionfinish(session: pytest.Session) -> None:
    found = listener_of(session.config).found
    # With workers each of them looks into its own Redis.
    if hasattr(session.config, "workerinput") or not session.config.getoption("numprocesses", None):
        found += [f"in Redis: {text[:200]}" for text in everything_in_redis() if IN_REDIS.search(text)]
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[OUTPUT] = found
    elif found:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for line in listener_of(config).found:
        terminalreporter.write_line(f"SECRET {line}", red=True)
