import copy
from collections.abc import Iterator

import pytest
import time_machine
from pytest_django import DjangoDbBlocker

from tests.factories import WEEKS_BEFORE
from tests.once import made_once
from tests.outbox.conftest import sink, start_sink
from tests.security.addresses import World, make_world

__all__ = ["sink", "start_sink"]


@pytest.fixture(scope="module")
def one_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with made_once(make_world_weeks_before, django_db_blocker) as made:
        yield made


def make_world_weeks_before() -> World:
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        return make_world()


@pytest.fixture
def world(one_world: World, db: None, fresh_limits: None) -> Iterator[World]:
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        yield copy.deepcopy(one_world)
