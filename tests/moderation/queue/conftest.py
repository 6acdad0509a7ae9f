import pytest
import time_machine

from tests.moderation.queue.room import NOW


@pytest.fixture(autouse=True)
def _hours_later():
    with time_machine.travel(NOW, tick=False):
        yield
