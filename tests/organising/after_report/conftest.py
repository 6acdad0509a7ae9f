from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from tests.organising.after_report.telling import NEXT_MORNING


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NEXT_MORNING, tick=False) as traveller:
        yield traveller
