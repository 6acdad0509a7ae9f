"""A pytest plugin: PostgreSQL and Redis for a run, and a Redis of its own for each of pytest-xdist's workers.

What DATABASE_URL or REDIS_URL name already is used as it is.
"""

import os
from collections.abc import Generator
from contextlib import ExitStack

import pytest

from noborder.embedded.environment import variables
from noborder.embedded.places import CHECKOUT, first_free
from noborder.embedded.processes import Ledger
from noborder.embedded.servers import redis, servers
from noborder.translations import compile_all

OWN_REDIS = "NOBORDER_TEST_REDIS"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start the servers before pytest-django reads the settings."""
    stack = ExitStack()
    early_config.add_cleanup(stack.close)
    if "PYTEST_XDIST_WORKER" in os.environ:
        prepare_worker(stack)
    else:
        prepare_run(stack)
    yield


def prepare_run(stack: ExitStack) -> None:
    """Give the run its servers; its workers inherit the environment."""
    compile_all(CHECKOUT / "locale")
    place = stack.enter_context(first_free("test"))
    ledger = Ledger(place)
    ledger.stop_leftovers()
    if "REDIS_URL" not in os.environ:
        os.environ[OWN_REDIS] = "1"
    os.environ |= variables("test", place, stack.enter_context(servers(place, ledger, for_tests=True)))


def prepare_worker(stack: ExitStack) -> None:
    """Give a worker its own Redis, so that emptying it disturbs nobody. pytest-django gives it a database."""
    if OWN_REDIS in os.environ:
        place = stack.enter_context(first_free("test"))
        ledger = Ledger(place)
        ledger.stop_leftovers()
        os.environ |= {"REDIS_URL": stack.enter_context(redis(place, ledger)), "EMAIL_URL": f"maildir://{place.mail}"}
