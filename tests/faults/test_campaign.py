"""Whatever breaks, and whenever: no mail is lost, and none is repeated but what was in flight (R27 to R31)."""

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.worker import ROOT, database_url

SHORT = {"kill": 1, "flush": 1, "stop_redis": 1, "crash": 1, "half_open": 1, "clock_jumps": 1}
LONG = {
    "kill": 50,
    "flush": 10,
    "stop_redis": 3,
    "crash": 10,
    "half_open": 5,
    "hang_up": 10,
    "stop_mail_server": 5,
    "clock_jumps": 3,
}


@pytest.mark.django_db(transaction=True)
def test_no_fault_loses_a_mail_or_repeats_more_than_what_was_in_flight(
    tmp_path: Path, is_long: bool, record_testsuite_property: Callable[[str, object], None]
) -> None:
    plan = {
        "seed": random.SystemRandom().randrange(10**6),
        "mails": 3000 if is_long else 150,
        "seconds": 10 if is_long else 1.2,
        "faults": LONG if is_long else SHORT,
    }
    print("plan of the campaign:", json.dumps(plan))  # noqa: T201
    command = [sys.executable, "-m", "tests.faults.campaign", str(tmp_path), database_url(), json.dumps(plan)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stderr[-3000:]} {plan}"
    found = json.loads(done.stdout.splitlines()[-1])
    print("what became of it:", json.dumps(found))  # noqa: T201
    record_testsuite_property("campaign of faults", json.dumps([plan, found]))

    assert (found["lost"], found["unknown"], found["early"]) == ([], [], []), plan
    assert found["unexplained"] == 0, (found, plan)
    assert found["repeats"] <= found["allowed"], (found, plan)
    assert found["most_copies"] <= 3, (found, plan)
