"""That the benchmarks measure something; how fast it is, no test can say."""

import re

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pytest_django import Settings

from noborder.bench.burst import INSTALL as INSTALL_PROXY
from noborder.bench.figures import Row, Table, a_second, milliseconds
from noborder.bench.launch import SCRATCH, free_port, scratch_database
from noborder.bench.pages import address_of_database
from noborder.bench.sizes import Sizes, tables
from noborder.bench.throughput import INSTALL
from noborder.embedded.trouble import Trouble
from outbox.models import Delivery

TINY = Sizes(
    protests=(3,),
    requests=1,
    seconds=1,
    followers=8,
    followed_protests=3,
    mails=4,
    history=5,
    crowd=3,
    crowd_seconds=0.3,
    runs=2,
)


@pytest.mark.django_db(transaction=True)
def test_every_table_is_filled(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "outbox.backends.SmtpBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = free_port()

    found, sent = zip(*((table, mails_sent()) for table in tables(TINY)), strict=True)
    of_one_process = [str(table) for table in found if str(table).startswith("Sending by one process")]
    *measured, throughput = sorted((t for t in found[:-1] if t not in of_one_process), key=is_of_throughput)

    assert [table.title for table in measured] == [
        "Pages: 3 protests, one web worker, one visitor, gzip",
        "Planning: 8 subscriptions (of protests), 3 protests, 8 mails",
        # Four of them follow a protest; of a city two, of a country one and of the campaign one follow 1 or 3 days.
        "Planning: 8 subscriptions (half of them of places), 3 protests, 10 mails",
        "Sending: 4 mails, 0 finished mails in the outbox",
        "Sending: 4 mails, 5 finished mails in the outbox",
    ]
    assert [len(table.rows) for table in measured] == [14, 3, 3, 4, 4]
    assert [row.name for table in measured for row in table.rows if len(row.seconds) != TINY.runs] == []
    assert [row.name for row in measured[0].rows if not row.size] == []
    assert throughput == INSTALL or [len(row.seconds) for row in throughput.rows] == [TINY.runs] * 9
    assert [[line.partition(":")[0] for line in table.splitlines()[1:]] for table in of_one_process] == [
        ["processor, µs a mail", "memory of the sender after 10, 50, 100 %, MiB"]
    ] * 2
    assert sent[-2] == TINY.mails + TINY.history
    burst = found[-1].splitlines()
    assert (
        burst == INSTALL_PROXY.splitlines() or [len(re.split(r"  +", line.strip())) for line in burst[2:]] == [11] * 5
    )


def mails_sent() -> int:
    return Delivery.objects.filter(state=Delivery.State.SENT).count()


def is_of_throughput(table: Table | str) -> bool:
    """It is made where nginx and wrk are installed."""
    return str(table).startswith("Throughput")


def test_a_table_shows_medians_and_the_ratio_within_each_run() -> None:
    rows = [
        Row("nothing", size=10, seconds=[0.001, 0.002, 0.001]),
        Row("a page", size=12_345, seconds=[0.002, 0.008, 0.003]),
    ]
    assert str(Table("Pages", {"ms": milliseconds, "requests/s": a_second}, rows)) == (
        "Pages\n"
        "           ms  requests/s    speed   bytes\n"
        "nothing  1.00       1,000  100.00%      10\n"
        "a page   3.00         333   33.33%  12,345\n"
    )


def test_tables_are_emptied_in_no_database_but_the_benchmarks_own() -> None:
    with pytest.raises(CommandError, match=r"python3 manage\.py bench"):
        call_command("bench_tables")


@pytest.mark.xdist_group("bench database")
@pytest.mark.django_db(transaction=True)
def test_the_database_is_made_for_the_benchmark_and_dropped_after_it() -> None:
    with scratch_database(address_of_database()) as address:
        assert conninfo_to_dict(address)["dbname"] == SCRATCH
        with psycopg.connect(address) as other:
            assert other.execute("SELECT count(*) FROM pg_stat_user_tables").fetchone() == (0,)
    assert databases() == 0


@pytest.mark.xdist_group("bench database")
@pytest.mark.django_db(transaction=True)
def test_a_database_that_another_benchmark_uses_is_left_alone() -> None:
    server = address_of_database()
    with psycopg.connect(server, autocommit=True) as session:
        session.execute(f"CREATE DATABASE {SCRATCH}")
    with (
        psycopg.connect(make_conninfo(server, dbname=SCRATCH)),
        pytest.raises(Trouble, match="Another benchmark"),
        scratch_database(server),
    ):
        pass
    with psycopg.connect(server, autocommit=True) as session:
        session.execute(f"DROP DATABASE {SCRATCH}")


def databases() -> int:
    """How many of the benchmark's own there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [SCRATCH])
        return int(cursor.fetchone()[0])
