import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from tests.outbox import letters as _registered  # noqa: F401 - registers its letters
from tests.sink import accepted

SINK = Path(__file__).resolve().parent.parent / "sink.py"


@dataclass
class RunningSink:
    port: int
    log: Path
    process: subprocess.Popen[str]

    @property
    def accepted(self) -> list[dict[str, Any]]:
        """The mails that were accepted, in order."""
        return accepted(self.log)

    @property
    def subjects(self) -> list[str]:
        return [mail["subject"] for mail in self.accepted]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_of(sink: subprocess.Popen[str]) -> int:
    """Where a server that was just started listens, once it does."""
    assert sink.stdout is not None
    with sink.stdout as said:
        ready, port = said.readline().split()
    assert ready == "ready"
    return int(port)


@pytest.fixture
def start_sink(tmp_path: Path) -> Iterator[Callable[..., RunningSink]]:
    """Start an SMTP server that keeps what it accepts: start_sink(port=0, pause=0, ways=())."""
    sinks: list[RunningSink] = []

    def start(port: int = 0, pause: float = 0, ways: Sequence[str] = ()) -> RunningSink:
        log = tmp_path / "accepted.jsonl"
        process = subprocess.Popen(
            [sys.executable, str(SINK), str(port), str(log), str(pause), *ways], stdout=subprocess.PIPE, text=True
        )
        sinks.append(RunningSink(port_of(process), log, process))
        return sinks[-1]

    yield start
    for sink in sinks:
        sink.stop()


@pytest.fixture
def sink(start_sink: Callable[..., RunningSink], settings: Settings) -> RunningSink:
    """A running SMTP server that the settings point to."""
    running = start_sink()
    point_to(settings, running.port)
    return running


def point_to(settings: Settings, port: int, *, timeout: int = 30) -> None:
    settings.EMAIL_BACKEND = "outbox.backends.SmtpBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    settings.EMAIL_TIMEOUT = timeout
