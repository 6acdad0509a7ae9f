"""Gives a bare machine the packages of this project; the first thing manage.py runs, so standard library only.

Makes `.venv` beside this file from a hash-pinned lock and starts the same command again with its Python. Where the
packages are there already (a container, an environment of one's own), it installs nothing.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
OLDEST_PYTHON = (3, 11)
DEV_COMMANDS = {"test", "lint", "bench"}
# These start the site or its tests in processes of their own and hand each its settings; they need none themselves.
LAUNCHERS = {"up", "test", "lint", "bench"}
# Left by a running `up`, so that any other command finds its servers.
RUNNING = ROOT / "var" / "running.json"
# Each lock with those it contains and the room its packages take on disk.
LOCKS = {
    "requirements-up.txt": (["requirements-up.txt"], 500),
    "requirements-dev.txt": (["requirements-up.txt", "requirements-dev.txt"], 1300),
}


def prepare(arguments: list[str]) -> None:
    """See to it that the command in `arguments` finds its packages and settings; may go on as another process."""
    command = arguments[1] if len(arguments) > 1 else ""
    if sys.version_info < OLDEST_PYTHON:
        raise SystemExit(f"noborder needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    if is_inside() or not has_packages():
        enter("requirements-dev.txt" if command in DEV_COMMANDS else "requirements-up.txt", arguments)
    if command in LAUNCHERS:
        os.environ["DJANGO_SETTINGS_MODULE"] = "noborder.embedded.settings"
    elif not {"DATABASE_URL", "DATABASE_URL_FILE"} & os.environ.keys() and RUNNING.exists():
        os.environ |= json.loads(RUNNING.read_text()) | os.environ


def is_inside() -> bool:
    """Whether `.venv` is the environment that runs this."""
    return Path(sys.prefix).resolve() == VENV


def has_packages() -> bool:
    """Whether the running Python has what the site needs, as in a container."""
    return all(find_spec(name) for name in ("django", "allauth", "celery"))


def enter(lock: str, arguments: list[str]) -> None:
    """Bring `.venv` up to date and go on in it."""
    outer = getattr(sys, "_base_executable", sys.executable) if is_inside() else sys.executable
    with one_at_a_time():
        if not is_installed(lock):
            install(lock, outer)
    if not is_inside():
        sys.stdout.flush()
        os.execv(python(), [str(python()), *arguments])  # noqa: S606


def python() -> Path:
    """The interpreter of our environment."""
    return VENV / "bin" / "python"


def stamp(lock: str) -> Path:
    """The file that says for which content of `lock` the environment was made."""
    return VENV / f"{lock}.stamp"


def fingerprint(lock: str) -> str:
    """What a stamp must hold: it changes with the lock and with the version of Python."""
    version = ".".join(map(str, sys.version_info[:2]))
    return f"{version} {hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()}"


def is_installed(lock: str) -> bool:
    """Whether the environment holds exactly what `lock` says."""
    try:
        return stamp(lock).read_text() == fingerprint(lock) and python().exists()
    except FileNotFoundError:
        return False


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let a second start wait while a first one installs."""
    with (ROOT / ".venv.lock").open("w") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        yield


def install(lock: str, outer: str) -> None:
    """Bring `.venv` to what `lock` says, by the pip of the `outer` Python: Debian's makes no environment with pip."""
    contained, megabytes = LOCKS[lock]
    free = shutil.disk_usage(ROOT).free // 2**20
    if free < megabytes:
        raise SystemExit(
            f"Only {free} MB are free on the disk of {ROOT}; the packages need {megabytes} MB. Make room first."
        )
    for name in LOCKS:
        stamp(name).unlink(missing_ok=True)
    print(f"Installing the packages of {lock} into {VENV} (once, about a minute) ...", file=sys.stderr)
    if not runs_this_python():
        run([outer, "-m", "venv", "--clear", "--without-pip", str(VENV)], "The environment could not be made.")
    pip = [outer, "-m", "pip", "--python", str(python()), "--quiet", "--no-input", "--disable-pip-version-check"]
    exact = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(ROOT / lock)]
    run(
        [*pip, "install", *exact],
        "The packages could not be installed; pip (apt-get install python3-pip) and a network are needed.",
    )
    for name in contained:
        stamp(name).write_text(fingerprint(name))


def runs_this_python() -> bool:
    """Whether the environment's interpreter works and is of the version that runs now."""
    question = [str(python()), "-c", "import sys; print(*sys.version_info[:2])"]
    try:
        answer = subprocess.run(question, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.split() == [str(part) for part in sys.version_info[:2]]


def run(command: list[str], failure: str) -> None:
    """Run `command` quietly; when it fails, show what it said, then the sentence `failure`."""
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}
    )
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise SystemExit(failure)
