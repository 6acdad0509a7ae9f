from collections.abc import Iterator

import pytest
import time_machine

from tests.factories import WEEKS_BEFORE
from tests.security.addresses import World, make_world


@pytest.fixture
def world(db: None, fresh_limits: None) -> Iterator[World]:
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        yield make_world()
