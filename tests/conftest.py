"""What all tests share. Servers come from noborder/embedded/testing.py."""

import gc
import os
from collections.abc import Iterator

import pytest
import redis
import time_machine
from django.conf import settings
from django.db import connection, transaction
from django.test import TransactionTestCase
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import expect
from pytest_django import Settings

from accounts import limits
from tests.factories import WEEKS_BEFORE
from tests.ops.composed import composed

__all__ = ["composed"]

# Playwright's synchronous calls run inside an event loop, which Django takes for asynchronous use of the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# No test fails because the machine has other things to do: what comes, comes, and what hangs is noticed all the same.
expect.set_options(timeout=60_000)
hypothesis_settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("patient")

QUIET_BROWSER = [
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The pages of the address bar, a process of their own beside each page of a test and dearer than it. The last such list
# is the only one that counts, so it repeats Playwright's.
SWITCHED_OFF = [
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
    *("AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync"),
    *("DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay"),
    *("MediaRouter", "NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding", "PreconnectToSearch"),
    "ThirdPartyStoragePartitioning",
]


def pytest_collection_finish() -> None:
    """Let the collector look for cycles in what tests leave behind, not again and again in what all of them need."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def is_long() -> bool:
    """Whether the long campaigns were asked for: `manage.py test --long`."""
    return os.environ.get("NOBORDER_LONG") == "1"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """Drive the system's Chromium; its sandbox does not work for root."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    features = f"--disable-features={','.join(SWITCHED_OFF)}"
    program = os.environ.get("NOBORDER_CHROMIUM") or None
    return {**browser_type_launch_args, "executable_path": program, "args": [*QUIET_BROWSER, features, *sandbox]}


@pytest.fixture(autouse=True)
def english() -> None:
    """A request leaves its language behind in its thread; no test reads what the one before it chose."""
    translation.activate("en")


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """It is some weeks before the edition, until the test moves on."""
    with time_machine.travel(WEEKS_BEFORE, tick=False) as traveller:
        yield traveller


@pytest.fixture
def fresh_limits() -> None:
    """Nobody has asked for anything yet today."""
    redis.Redis.from_url(settings.CACHE_URL).flushdb()
    limits.silence.until = 0


@pytest.fixture(autouse=True, scope="module")
def nobody_has_searched() -> None:
    """All tests search from one network, many of them on one day at which the clock stands still."""
    client = redis.Redis.from_url(settings.CACHE_URL)
    for key in client.scan_iter(f"limit:{limits.SEARCHES_FROM_NETWORK.name}:*"):
        client.delete(key)


@pytest.fixture
def redis_away(settings: Settings, fresh_limits: None) -> Iterator[None]:
    """Nobody answers where the limits are counted."""
    kept = (limits._redis, limits._script)
    for made_once in kept:
        made_once.cache_clear()
    settings.CACHE_URL = "redis://127.0.0.1:1"
    yield
    limits.silence.until = 0
    for made_once in kept:
        made_once.cache_clear()


# What migrating writes, and no test changes.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


def empty_what_was_filled(_case: TransactionTestCase) -> None:
    """Delete the rows that a test has committed, once whoever still writes is done. Django's own way truncates every
    table and then writes all permissions anew: seconds where this takes hundredths. The append-only tables let go of
    their rows here, and only here."""
    with transaction.atomic(), connection.cursor() as cursor:
        tables = sorted(set(connection.introspection.django_table_names(only_existing=True)) - KEPT)
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(" UNION ALL ".join(f"(SELECT '{table}' FROM {table} LIMIT 1)" for table in tables))
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {table}")


TransactionTestCase._fixture_teardown = empty_what_was_filled  # type: ignore[method-assign] # on purpose
