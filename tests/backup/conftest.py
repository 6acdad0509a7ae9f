"""A site with something in every corner, in a database of its own, its backup, and an empty database beside it."""

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import time_machine
from django.db import connection
from pyrage.x25519 import Identity
from pytest_django import DjangoDbBlocker

from noborder.backup import making, secrecy
from noborder.backup.programs import Database, Programs, major_version, programs
from tests.factories import WEEKS_BEFORE
from tests.outbox.conftest import sink, start_sink
from tests.security.addresses import make_world

__all__ = ["sink", "start_sink"]
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Site:
    database: Database
    programs: Programs
    keys: Path
    recipient: str
    backup: Path

    @property
    def identities(self) -> list[Identity]:
        return secrecy.identities(self.keys)


@pytest.fixture(scope="session")
def site(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """With an object behind every address of the site, and a backup of that."""
    folder = tmp_path_factory.mktemp("backup")
    recipient = secrecy.write_identity(folder / "keys.txt")
    with django_db_blocker.unblock(), fresh_database("site", template=connection.settings_dict["NAME"]) as name:
        with connected_to(name), time_machine.travel(WEEKS_BEFORE):
            make_world()
            database, chosen = Database.of(connection.settings_dict), programs(major_version(connection))
        backup = folder / "site.age"
        making.write_file(backup, database, chosen, secrecy.recipients([recipient]))
        yield Site(database, chosen, folder / "keys.txt", recipient, backup)


@pytest.fixture
def empty(site: Site, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    """Another database on the same server, with nothing in it."""
    with django_db_blocker.unblock(), fresh_database("empty", template="template0") as name:
        yield Database.of({**connection.settings_dict, "NAME": name})


@contextmanager
def fresh_database(purpose: str, *, template: str) -> Iterator[str]:
    """A copy of *template*; gives its name."""
    connection.close()
    name = f"noborder_{purpose}_{os.getpid()}_{next(_numbers)}"
    maintenance = Database.of({**connection.settings_dict, "NAME": "postgres"})
    with psycopg.connect(maintenance.address, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        # What other tests have left connected would stand in the way of the copy.
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [template])
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield name
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    """Let Django work in another database for a while."""
    before = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


Rows = dict[str, list[str]]


@pytest.fixture(scope="session")
def rows_of() -> Callable[[Database], Rows]:
    """Every row of every table, in one order, and where every sequence stands."""

    def read(database: Database) -> Rows:
        with psycopg.connect(database.address) as server:
            relations = server.execute(
                "SELECT relname, relkind = 'S' FROM pg_class "
                "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')"
            ).fetchall()
            return {name: read_one(server, name, is_sequence) for name, is_sequence in relations}

    def read_one(server: psycopg.Connection, name: str, is_sequence: bool) -> list[str]:
        what = "last_value::text" if is_sequence else "one::text"
        return [row[0] for row in server.execute(f"SELECT {what} FROM {name} AS one ORDER BY 1")]

    return read
