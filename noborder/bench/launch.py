"""Runs the benchmarks on servers and a database of their own."""

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from subprocess import PIPE

import psycopg
from psycopg import errors
from psycopg.conninfo import make_conninfo

from noborder.embedded.environment import process_environment, variables
from noborder.embedded.places import CHECKOUT, first_free
from noborder.embedded.processes import Child, Ledger
from noborder.embedded.servers import servers
from noborder.embedded.site import stoppable
from noborder.embedded.trouble import Trouble

SCRATCH = "noborder_bench"


def run_benchmarks(arguments: list[str], write: Callable[[str], object]) -> None:
    """Run `manage.py bench_tables` in a place of its own and hand on what it says."""
    with stoppable(), first_free("bench") as place:
        ledger = Ledger(place)
        ledger.stop_leftovers()
        with servers(place, ledger) as addresses, scratch_database(addresses["DATABASE_URL"]) as database_url:
            # Never those of the caller's environment: made-up mails must not leave this machine.
            settings = variables("local", place, addresses) | {
                "NOBORDER_MODE": "local",
                "SITE_URL": "http://localhost:8000",
                "DATABASE_URL": database_url,
                "EMAIL_URL": f"smtp://127.0.0.1:{free_port()}",
                "STATIC_ROOT": str(place.static),
            }
            child = Child("tables", ledger)
            try:
                child.start(
                    [sys.executable, "-m", "django", "bench_tables", *arguments],
                    output=PIPE,
                    env=process_environment(settings),
                    cwd=CHECKOUT,
                )
                for line in child.lines():
                    write(line.decode(errors="replace"))
                if child.popen is None or child.popen.wait():
                    raise Trouble("The benchmarks did not come to their end; the reason is above.")
            finally:
                child.stop()


@contextmanager
def scratch_database(server: str) -> Iterator[str]:
    """A fresh database on this server; gives its address, and drops it in the end."""
    with psycopg.connect(server, autocommit=True) as connection:
        try:
            connection.execute(f"DROP DATABASE IF EXISTS {SCRATCH}")
        except errors.ObjectInUse:
            raise Trouble(f"Another benchmark is using the database {SCRATCH} of this server.") from None
        connection.execute(f"CREATE DATABASE {SCRATCH}")
        try:
            yield make_conninfo(server, dbname=SCRATCH)
        finally:
            connection.execute(f"DROP DATABASE {SCRATCH} WITH (FORCE)")


def free_port() -> int:
    """A port that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
