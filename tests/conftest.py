"""What all tests share. Servers come from noborder/embedded/testing.py."""

import os
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.utils import translation
from pytest_django import DjangoDbBlocker, Settings

from accounts import limits

# Playwright's synchronous calls run inside an event loop, which Django takes for asynchronous use of the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

QUIET_BROWSER = [
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def is_long() -> bool:
    """Whether the long campaigns were asked for: `manage.py test --long`."""
    return os.environ.get("NOBORDER_LONG") == "1"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """Drive the system's Chromium; its sandbox does not work for root."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    program = os.environ.get("NOBORDER_CHROMIUM") or None
    return {**browser_type_launch_args, "executable_path": program, "args": [*QUIET_BROWSER, *sandbox]}


@pytest.fixture(autouse=True)
def english() -> None:
    """A request leaves its language behind in its thread; no test reads what the one before it chose."""
    translation.activate("en")


@pytest.fixture
def fresh_limits() -> None:
    """Nobody has asked for anything yet today."""
    redis.Redis.from_url(settings.CACHE_URL).flushdb()


@pytest.fixture
def redis_away(settings: Settings, fresh_limits: None) -> Iterator[None]:
    """Nobody answers where the limits are counted."""
    kept = (limits._redis, limits._script)
    for made_once in kept:
        made_once.cache_clear()
    settings.CACHE_URL = "redis://127.0.0.1:1"
    yield
    for made_once in kept:
        made_once.cache_clear()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Transactional tests empty all tables afterwards, which append-only tables refuse: in tests, and only there, they
    may be emptied. Changing and deleting their rows stays refused."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%never_emptied'")
        for trigger, table in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {trigger} ON {table}")
