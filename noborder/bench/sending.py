"""How fast the outbox is emptied by one process and by two, beside smtplib alone in as many, all against one
mail server on this machine; what each party needs of the processor, and whether a sender's memory stays as it is."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Self

from django.conf import settings
from django.utils import timezone

from noborder.bench import example, outbox_rows
from noborder.bench.figures import Row, Table, a_second, timed
from noborder.bench.pages import address_of_database
from reminders.planning import plan

SINK = Path(__file__).with_name("sink.py")
# As many as when a hundred thousand follow five hundred protests: they share a text in each language.
FOLLOWERS_A_PROTEST = 200
MOST_PROCESSES = 2
TICKS = os.sysconf("SC_CLK_TCK")


def measure(*, mails: int, history: int, runs: int) -> Iterator[Table | str]:
    """With *history* finished mails in the outbox. The settings must name a free port of this machine."""
    events = example.start_anew(protests=max(1, mails // FOLLOWERS_A_PROTEST))
    example.follow(events, followers=mails)
    outbox_rows.fill(history, letter=outbox_rows.HISTORY, state="sent")
    example.tidy()
    with sink(settings.EMAIL_PORT) as server, ExitStack() as stack:
        senders = [stack.enter_context(OneSender()) for _n in range(MOST_PROCESSES)]
        # Before anything is measured each has loaded what it needs: workers live long.
        _fill()
        _together(senders, ["outbox"] * MOST_PROCESSES, mails)
        rows, spent = [], Spent()
        for number in range(1, MOST_PROCESSES + 1):
            rows += [Row(f"smtplib, processes: {number}"), Row(f"outbox, reminders, processes: {number}")]
        for _run in range(runs):
            for number, (alone, outbox) in enumerate(zip(rows[::2], rows[1::2], strict=True), 1):
                used = senders[:number]
                alone.seconds.append(_together(used, _alone(mails, number), mails) / mails)
                _fill()
                with spent.measured(used, server.pid, mails) if number == 1 else ExitStack():
                    outbox.seconds.append(_together(used, ["outbox"] * number, mails) / mails)
    what = f"{mails:,} mails, {history:,} finished mails in the outbox"
    yield Table(f"Sending: {what}", {"mails/s": a_second}, rows)
    yield f"Sending by one process: {what}\n{spent}\n"


def _fill() -> None:
    outbox_rows.clear()
    plan(timezone.now())


class OneSender:
    """A process that sends when it is told to (a context manager)."""

    def __enter__(self) -> Self:
        address = f"smtp://{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "noborder.bench.one_sender"],
            env={**os.environ, "DATABASE_URL": address_of_database(), "EMAIL_URL": address},
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.backend = int(self.answer()["backend"])
        self.told: dict[str, Any] = {}
        return self

    def __exit__(self, *_error: object) -> None:
        with self._process:
            self._process.kill()

    def begin(self, what: str) -> None:
        print(what, file=self._process.stdin, flush=True)

    def answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError("a sender of the benchmark came to its end")
        self.told = json.loads(line)
        return self.told


def _alone(mails: int, number: int) -> list[str]:
    """This many mails, divided between so many processes."""
    return [f"smtplib {mails // number + (place < mails % number)}" for place in range(number)]


def _together(senders: list[OneSender], what: list[str], mails: int) -> float:
    """How many seconds it takes until the last of them is ready."""

    def all_of_them() -> int:
        for sender, line in zip(senders, what, strict=True):
            sender.begin(line)
        return sum(sender.answer()["sent"] for sender in senders)

    seconds, sent = timed(all_of_them)
    if sent != mails:
        raise RuntimeError(f"{mails} mails were to be sent, and the server took {sent}")
    return seconds


@dataclass
class Spent:
    """Seconds of the processor for each mail, and MiB of memory after a tenth, half and all of them, for each run."""

    own: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    postgres: list[float] = field(default_factory=list)
    memory: list[list[float]] = field(default_factory=list)

    @contextmanager
    def measured(self, senders: list[OneSender], server: int, mails: int) -> Iterator[None]:
        (sender,) = senders
        before = _seconds_of(server), _seconds_of(sender.backend)
        yield
        after = _seconds_of(server), _seconds_of(sender.backend)
        self.own.append(sender.told["cpu"] / mails)
        self.server.append((after[0] - before[0]) / mails)
        self.postgres.append((after[1] - before[1]) / mails)
        self.memory.append(sender.told["memory"])

    def __str__(self) -> str:
        of = {"the sender": self.own, "the mail server": self.server, "its session of PostgreSQL": self.postgres}
        shares = ", ".join(f"{name} {median(seconds) * 1e6:.0f}" for name, seconds in of.items())
        memory = [", ".join(f"{reading:.1f}" for reading in run) for run in self.memory]
        return f"processor, µs a mail: {shares}\nmemory of the sender after 10, 50, 100 %, MiB: {'; '.join(memory)}"


def _seconds_of(process: int) -> float:
    """Of the processor; nothing for a process of another machine."""
    try:
        numbers = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return (int(numbers[11]) + int(numbers[12])) / TICKS


@contextmanager
def sink(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A mail server on this machine, in a process of its own."""
    process = subprocess.Popen([sys.executable, str(SINK), str(port)], stdout=subprocess.PIPE)
    with process:
        try:
            if process.stdout is None or process.stdout.readline() != b"ready\n":
                raise RuntimeError("the mail server of the benchmark does not start")
            yield process
        finally:
            process.kill()
