"""A real Celery worker in a process group of its own, on the test's database and Redis, to be killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self
from urllib.parse import quote

from django.db import connection

ROOT = Path(__file__).resolve().parent.parent.parent


def database_url() -> str:
    """The address of the test database that this process uses."""
    parts = connection.settings_dict
    return f"postgresql://{parts['USER']}@/{parts['NAME']}?host={quote(parts['HOST'], safe='')}"


class Worker:
    def __init__(self, *, smtp_port: int, log: Path, queues: str = "mail,rooms", **variables: str) -> None:
        self.log = log.open("a")
        environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "EMAIL_URL": f"smtp://127.0.0.1:{smtp_port}?timeout=1",
            "PYTHONPATH": str(ROOT),
            **variables,
        }
        arguments = ["--concurrency", "1", "--queues", queues, "--include", "tests.outbox.letters"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "noborder", "worker", "--loglevel", "WARNING", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def kill(self) -> None:
        """SIGKILL for the worker and all its children: nobody gets to clean up."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process.poll() is None:
            self.kill()
