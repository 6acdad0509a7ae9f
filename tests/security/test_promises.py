"""docs/security.md names a test for each promise, and each test that it names is there."""

import re
from pathlib import Path

from django.conf import settings

ROW = re.compile(r"^\| R(\d+) \| [^|]+ \| (.+) \|$", re.MULTILINE)
PROMISES = range(1, 36)


def test_every_promise_has_a_test_and_every_test_is_there() -> None:
    root = Path(settings.BASE_DIR)
    rows = {int(number): named for number, named in ROW.findall((root / "docs" / "security.md").read_text("utf-8"))}
    assert list(rows) == list(PROMISES)
    named = {number: re.findall(r"`(tests/[^`]+)`", tests) for number, tests in rows.items()}
    assert [number for number, tests in named.items() if not tests] == []
    assert [path for tests in named.values() for path in tests if "def test_" not in (root / path).read_text()] == []
