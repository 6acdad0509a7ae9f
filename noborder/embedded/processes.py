"""Processes that must not outlive their launcher: started tied to it, written down, stopped again."""

import contextlib
import ctypes
import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from noborder.embedded.places import Place

PR_SET_PDEATHSIG = 1


class Ledger:
    """The processes of one place, in a file: whoever takes the place after a crash finds what still runs."""

    def __init__(self, place: Place) -> None:
        self.path = place.data / "processes.json"
        self.rows: dict[str, tuple[int, str, int]] = {}

    def stop_leftovers(self) -> list[str]:
        """Stop what a killed launcher left running; returns the names."""
        try:
            rows: dict[str, tuple[int, str, int]] = json.loads(self.path.read_text())
        except (FileNotFoundError, ValueError):
            return []
        alive = {name: (pid, stop_by) for name, (pid, birth, stop_by) in rows.items() if birth_of(pid) == birth}
        for pid, stop_by in alive.values():
            send(pid, stop_by)
        for pid, birth, _stop_by in rows.values():
            if birth.startswith(boot()):
                finish(pid, birth)
        return sorted(alive)

    def write(self, name: str, pid: int, stop_by: int) -> None:
        """Note a process that was started."""
        self.rows[name] = (pid, birth_of(pid) or "", stop_by)
        self.save()

    def strike(self, name: str) -> None:
        """Note that a process has ended."""
        self.rows.pop(name, None)
        self.save()

    def save(self) -> None:
        draft = self.path.with_suffix(".new")
        draft.write_text(json.dumps(self.rows))
        draft.replace(self.path)


class Child:
    """One process in a session of its own, which Ctrl-C does not reach: its launcher stops it, in order."""

    def __init__(self, name: str, ledger: Ledger, *, stop_by: int = signal.SIGTERM, patience: float = 10) -> None:
        self.name, self.ledger, self.stop_by, self.patience = name, ledger, stop_by, patience
        self.popen: subprocess.Popen[bytes] | None = None

    def start(
        self,
        command: Sequence[str | Path],
        *,
        output: int | IO[bytes],
        env: Mapping[str, str],
        cwd: Path,
        owner: pwd.struct_passwd | None = None,
    ) -> None:
        """Start `command`, as `owner` if one is given."""
        self.popen = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=tie_to_parent(self.stop_by),
            **identity_of(owner),
        )
        self.ledger.write(self.name, self.popen.pid, self.stop_by)

    def has_ended(self) -> bool:
        """Whether it ran and is over."""
        return self.popen is not None and self.popen.poll() is not None

    def lines(self) -> Iterator[bytes]:
        """What it says, as it says it; for one that was started with a pipe as output."""
        if self.popen is not None and self.popen.stdout is not None:
            yield from self.popen.stdout

    def ask_to_end(self) -> None:
        """Send the signal to stop, without waiting; nothing to do for one that never began."""
        if self.popen is not None and self.popen.poll() is None:
            send(self.popen.pid, self.stop_by)

    def stop(self) -> None:
        """Have it end, by force when it does not by itself."""
        self.ask_to_end()
        if self.popen is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(self.patience)
            # Also when it has ended: what it started may have outlived it.
            send_to_group(self.popen.pid, signal.SIGKILL)
            self.popen.wait()
        self.ledger.strike(self.name)


def identity_of(owner: pwd.struct_passwd | None) -> dict[str, Any]:
    """What makes subprocess start a program as `owner`, with no group but the owner's."""
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}


def tie_to_parent(stop_by: int) -> Callable[[], None] | None:
    """What a child runs before its program, so that Linux sends it `stop_by` when the launcher is killed."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, stop_by)

    return tie


def boot() -> str:
    """Names the time since the machine was started, where the system tells: numbers of processes begin anew then."""
    path = Path("/proc/sys/kernel/random/boot_id")
    return path.read_text().strip() if path.exists() else ""


def birth_of(pid: int) -> str | None:
    """When the process `pid` began, to tell it from a later one with its number; None when it is over."""
    if sys.platform == "linux":
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if fields[0] == "Z" else f"{boot()} {fields[19]}"
    answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip() or None


def finish(pid: int, birth: str) -> None:
    """Wait for a process that was asked to end, then end it and what it started; leaves a later one with its number."""
    wait_until(lambda: birth_of(pid) != birth, seconds=10)
    if birth_of(pid) in {birth, None}:
        send_to_group(pid, signal.SIGKILL)


def send(pid: int, number: int) -> None:
    """Send a signal to a process that may have ended."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def send_to_group(pid: int, number: int) -> None:
    """Send a signal to a process and the ones it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def wait_until(happened: Callable[[], object], *, seconds: float, pause: float = 0.02) -> bool:
    """Wait for something to be true; False when it is not after `seconds`."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True
