"""Real Celery processes, each in a process group of its own, on the test's database and Redis: to be killed, or to live
at another time."""

import os
import signal
import subprocess
import sys
import sysconfig
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from noborder.embedded.processes import tie_to_parent

ROOT = Path(__file__).resolve().parent.parent.parent


def database_url() -> str:
    """The address of the test database that this process uses."""
    parts = connection.settings_dict
    return f"postgresql://{parts['USER']}@/{parts['NAME']}?host={quote(parts['HOST'], safe='')}"


# Where Debian's package faketime keeps its library; the folder is named after the machine.
FAKETIME = "/usr/lib/{}/faketime/libfaketime.so.1"


class CeleryProcess:
    """`celery -A <app> <arguments>`; with `at`, its clock starts at that instant and goes on from there."""

    def __init__(
        self,
        *arguments: str,
        smtp_port: int,
        smtp_timeout: int = 30,
        log: Path,
        at: datetime | None = None,
        app: str = "noborder",
        **variables: str,
    ) -> None:
        self.log = log.open("a")
        environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "EMAIL_URL": f"smtp://127.0.0.1:{smtp_port}?timeout={smtp_timeout}",
            "PYTHONPATH": str(ROOT),
            "SITE_URL": settings.SITE_URL,
            **(another_clock(at) if at else {}),
            **variables,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", app, *arguments, "--loglevel", "WARNING"],
            cwd=ROOT,
            env=environment,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
            preexec_fn=tie_to_parent(signal.SIGKILL),
        )

    def kill(self) -> None:
        """SIGKILL for the process and all its children: nobody gets to clean up."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.kill()


def another_clock(at: datetime) -> dict[str, str]:
    """The variables that make libfaketime shift a process and its children to *at*, with all of its clocks: if the
    monotonic one stayed true, time.sleep would be refused (libfaketime 0.9.10)."""
    library = FAKETIME.format(sysconfig.get_config_var("MULTIARCH"))
    ahead = (at - datetime.now(UTC)).total_seconds()
    return {"LD_PRELOAD": library, "FAKETIME": f"{ahead:+.3f}", "TZ": "UTC"}


def clock_in_a_file(path: Path) -> dict[str, str]:
    """The variables that make a process and its children follow the clock that *path* tells, such as "+2h"."""
    library = FAKETIME.format(sysconfig.get_config_var("MULTIARCH"))
    return {"LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(path), "FAKETIME_NO_CACHE": "1", "TZ": "UTC"}


class Worker(CeleryProcess):
    def __init__(self, *, queues: str = "mail,rooms", **options: Any) -> None:
        pool = ["--concurrency", "1", "--queues", queues, "--without-mingle", "--include", "tests.outbox.letters"]
        super().__init__("worker", *pool, **options)


class Beat(CeleryProcess):
    def __init__(self, *, folder: Path, **options: Any) -> None:
        super().__init__("beat", "--schedule", str(folder / "beat"), "--pidfile=", **options)
