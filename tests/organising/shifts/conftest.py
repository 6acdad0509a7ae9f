from typing import Any

import pytest
import time_machine

from tests.factories import WEEKS_BEFORE


@pytest.fixture(autouse=True)
def weeks_before(fresh_limits: None) -> Any:
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock
