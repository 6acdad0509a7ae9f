"""What workers and beat do when the clock is not to be trusted."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from noborder import celery
from noborder.celery import Scheduler, app
from tests.outbox.test_steady import jump


@app.task(name="tests.work")
def work() -> str:
    return "done"


def test_a_worker_leaves_its_tasks_undone_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert work.apply().get() == "done"
    jump(monkeypatch, -7200)
    assert work.apply().get() is None
    assert [record.levelname for record in caplog.records if record.name == celery.__name__] == ["CRITICAL"]
    assert work() == "done"


def test_beat_goes_on_at_once_when_the_clock_was_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scheduler = Scheduler(app, schedule_filename=str(tmp_path / "beat"))
    sent: list[str] = []
    monkeypatch.setattr(Scheduler, "apply_async", lambda _self, entry, **_options: sent.append(entry.task))
    for entry in scheduler.schedule.values():
        entry.last_run_at = datetime.now(UTC) + timedelta(hours=2)

    waits = [scheduler.tick() for _n in range(3)]

    assert all(wait <= 5 for wait in waits)
    ran = [entry.last_run_at for entry in scheduler.schedule.values()]
    assert all(at is not None and at <= datetime.now(UTC) for at in ran)
    scheduler.close()
