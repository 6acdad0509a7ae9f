"""Starts and stops PostgreSQL and Redis of one place, behind sockets that only their owner and root can open."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

from noborder.embedded.places import Place
from noborder.embedded.processes import Child, Ledger, birth_of, identity_of, wait_until
from noborder.embedded.programs import postgres_programs, redis_program
from noborder.embedded.trouble import Trouble

DATABASE = "noborder"
PLAIN_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
LOCALE = ["-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
SECONDS_TO_START = 60


@contextmanager
def servers(place: Place, ledger: Ledger, *, for_tests: bool = False) -> Iterator[dict[str, str]]:
    """Run the servers that the environment does not name already; gives the variables to find both."""
    with ExitStack() as stack:
        redis_url = os.environ.get("REDIS_URL") or stack.enter_context(redis(place, ledger))
        database_url = os.environ.get("DATABASE_URL") or stack.enter_context(
            postgres(place, ledger, for_tests=for_tests)
        )
        yield {"DATABASE_URL": database_url, "REDIS_URL": redis_url}


@contextmanager
def postgres(place: Place, ledger: Ledger, *, for_tests: bool = False) -> Iterator[str]:
    """Run PostgreSQL with a database called noborder; gives its address."""
    programs = postgres_programs(place)
    prepare_folder(place, programs)
    forget_dead_owner(place.postgres / "postmaster.pid")
    options = {"listen_addresses": "", "unix_socket_directories": str(place.sockets), "unix_socket_permissions": "0700"}
    options |= {"timezone": "UTC", "log_timezone": "UTC", "jit": "off"}
    if for_tests:
        options |= {"fsync": "off", "full_page_writes": "off", "max_connections": "400"}
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    # "fast" shutdown is SIGINT: SIGTERM would wait for every client to go.
    child = Child("postgres", ledger, stop_by=signal.SIGINT, patience=20)
    try:
        start(child, [programs / "postgres", "-D", place.postgres, *settings], place)
        if not wait_until(lambda: child.has_ended() or is_ready(place.postgres), seconds=SECONDS_TO_START):
            raise broken_folder(place, "it did not become ready in time")
        if child.has_ended():
            raise broken_folder(place, last_line(place.data / "postgres.log"))
        make_database(place)
        yield f"postgresql://{DATABASE}@/{DATABASE}?host={quote(str(place.sockets), safe='')}"
    finally:
        child.stop()


def prepare_folder(place: Place, programs: Path) -> None:
    """Make the data folder of PostgreSQL, or check the one that is there."""
    folder = place.postgres
    version_file = folder / "PG_VERSION"
    if not any(folder.iterdir()):
        make_cluster(place, programs)
    elif not version_file.exists():
        raise broken_folder(place, "it holds no PostgreSQL data (PG_VERSION is missing)")
    made_by, ours = version_file.read_text().strip(), major_version(programs)
    if made_by != ours:
        raise broken_folder(place, f"it was made by PostgreSQL {made_by} and this is {ours}")


def make_cluster(place: Place, programs: Path) -> None:
    """Run initdb; one that failed leaves an empty folder, so that the next start begins anew."""
    command: list[str | Path] = [
        programs / "initdb",
        "-D",
        place.postgres,
        "-U",
        DATABASE,
        "--auth=trust",
        "--no-instructions",
        *LOCALE,
    ]
    done = subprocess.run(
        command,
        env=PLAIN_ENVIRONMENT,
        cwd="/",
        **identity_of(place.owner),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        for path in place.postgres.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise Trouble(f"PostgreSQL could not make its data folder {place.postgres}: {done.stderr.strip()}")


def major_version(programs: Path) -> str:
    """The first number of the version of PostgreSQL in `programs`."""
    answer = subprocess.run(
        [programs / "postgres", "--version"], capture_output=True, text=True, check=True, env=PLAIN_ENVIRONMENT
    )
    return answer.stdout.split()[-1].partition(".")[0]


def forget_dead_owner(pid_file: Path) -> None:
    """Remove the pid file of a PostgreSQL that is gone, even when another process has got its number since."""
    try:
        pid = int(pid_file.read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return
    if birth_of(pid) is None or not is_postgres(pid):
        pid_file.unlink()


def is_postgres(pid: int) -> bool:
    """Whether the process `pid` is a PostgreSQL; where the system does not tell, it is taken for one."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() == "postgres"
    except FileNotFoundError:
        return True


def is_ready(folder: Path) -> bool:
    """Whether PostgreSQL says in its pid file that it takes connections."""
    try:
        lines = (folder / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


def make_database(place: Place) -> None:
    """Create our database unless it is there."""
    with psycopg.connect(host=str(place.sockets), user=DATABASE, dbname="postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")


@contextmanager
def redis(place: Place, ledger: Ledger) -> Iterator[str]:
    """Run a Redis that keeps nothing; gives its address."""
    socket = place.sockets / "redis.sock"
    socket.unlink(missing_ok=True)
    command: list[str | Path] = [redis_program(place), "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700"]
    child = Child("redis", ledger)
    try:
        start(child, [*command, "--dir", place.redis, "--save", "", "--appendonly", "no"], place)
        wait_until(lambda: child.has_ended() or socket.exists(), seconds=SECONDS_TO_START)
        if child.has_ended() or not socket.exists():
            raise Trouble(f"Redis does not start: {last_line(place.data / 'redis.log')}")
        yield f"unix://{socket}"
    finally:
        child.stop()


def start(child: Child, command: list[str | Path], place: Place) -> None:
    """Start a server with a log of its own, from a folder that every user may enter."""
    path = place.data / f"{child.name}.log"
    path.unlink(missing_ok=True)
    # For us alone: what the database complains of may hold what people wrote.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as log:
        child.start(command, output=log, env=PLAIN_ENVIRONMENT, cwd=Path("/"), owner=place.owner)


def last_line(log: Path) -> str:
    """The last thing a server said."""
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def broken_folder(place: Place, reason: str) -> Trouble:
    """The sentence for a database that does not start."""
    folder = place.postgres
    return Trouble(
        f"The database in {folder} does not start: {reason}. Put a good copy of the folder in its place, "
        f"or begin anew without its data: mv {folder} {folder}.broken"
    )
