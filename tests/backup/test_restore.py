"""A backup comes back row by row, all of it or nothing, and tells nobody again what they were told before it."""

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from noborder.backup import making, restoring
from noborder.backup.programs import Database
from noborder.backup.secrecy import Damaged
from noborder.embedded.trouble import Trouble
from noborder.management.commands.restore import check_keys
from tests.backup.conftest import Rows, Site, connected_to
from tests.factories import RecipientFactory

pytestmark = pytest.mark.xdist_group("backup")

NOW = dt.datetime(2027, 9, 2, 12, 0, tzinfo=dt.UTC)
RowsOf = Callable[[Database], Rows]


def given(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Let a command read this from its pipe."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_a_backup_is_restored_row_by_row_into_an_empty_database_and_over_a_full_one(
    site: Site, empty: Database, rows_of: RowsOf
) -> None:
    for is_replacing in (False, True):
        restoring.restore(site.backup, empty, site.programs, site.identities, now=NOW, is_replacing=is_replacing)

    before, after = rows_of(site.database), rows_of(empty)
    assert (before.pop("outbox_hold"), after.pop("outbox_hold")) == ([], ['(1,"2027-09-02 12:00:00+00")'])
    assert before.pop("events_sitestamp") != after.pop("events_sitestamp")
    for table in making.LEFT_OUT:
        assert after.pop(table) == []
        before.pop(table)
    assert sum(map(len, before.values())) > 500
    assert before.keys() == after.keys()
    assert [name for name, rows in before.items() if after[name] != rows] == []


def test_a_damaged_backup_is_refused_before_the_database_is_touched(
    site: Site, empty: Database, rows_of: RowsOf, tmp_path: Path
) -> None:
    content = site.backup.read_bytes()
    damaged = tmp_path / "damaged.age"
    for broken in (content[:-1], content[: len(content) // 2], content[:-20] + b"x" + content[-19:], b""):
        damaged.write_bytes(broken)
        with pytest.raises(Damaged):
            restoring.restore(damaged, empty, site.programs, site.identities, now=NOW, is_replacing=True)

    assert rows_of(empty) == {}


def test_what_cannot_be_restored_whole_leaves_the_database_as_it_was(
    site: Site, empty: Database, rows_of: RowsOf
) -> None:
    with psycopg.connect(empty.address, autocommit=True) as server:
        server.execute("CREATE TABLE outbox_tally (kept text); INSERT INTO outbox_tally VALUES ('here')")

    with pytest.raises(Trouble, match="as it was before"):
        restoring.restore(site.backup, empty, site.programs, site.identities, now=NOW)

    assert rows_of(empty) == {"outbox_tally": ["(here)"]}


def test_the_commands_take_pipes_and_refuse_a_database_in_use(
    site: Site,
    empty: Database,
    rows_of: RowsOf,
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = ["restore", "-", "--identity", str(site.keys)]
    with connected_to(site.database.name):
        call_command("backup", "-", recipients=[site.recipient])
        made = capfdbinary.readouterr().out
        given(monkeypatch, made)
        with pytest.raises(CommandError, match="The database is not empty: it has"):
            call_command(*wanted)
    with connected_to(empty.name):
        given(monkeypatch, made[:-1])
        with pytest.raises(CommandError, match=r"This backup is damaged or cut off."):
            call_command(*wanted)
        assert rows_of(empty) == {}
        given(monkeypatch, made)
        call_command(*wanted)
        assert b"No mail leaves but log-in codes" in capfdbinary.readouterr().out

    after = rows_of(empty)
    assert len(after["outbox_hold"]) == 1
    assert len(after["events_event"]) == len(rows_of(site.database)["events_event"])


@pytest.mark.django_db
def test_keys_that_are_not_those_of_the_backup_are_noticed(settings: Settings) -> None:
    check_keys()
    RecipientFactory(address="anna@example.org")
    RecipientFactory(address="")
    check_keys()
    for name, other in (("SEAL_KEYS", {"k1": bytes(range(32))}), ("HASH_KEY", bytes(range(32)))):
        right = getattr(settings, name)
        setattr(settings, name, other)
        with pytest.raises(CommandError, match=f"another {name}"):
            check_keys()
        setattr(settings, name, right)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["backup"], "Say where to write"),
        (["backup", "x.age"], "BACKUP_RECIPIENTS"),
        (["backup", "x.age", "--recipient", "age1x"], "begins with age1"),
        (["backup", "--verify", "x.age"], "--identity"),
        (["restore", "x.age", "--identity", "/nowhere"], "no private key"),
        (["restore", "x.age", "--identity", "/nowhere", "--erased", "/nowhere"], "cannot be read"),
        (["restore", "x.age", "--identity", "/nowhere", "--sent-until", "2126-01-01T00:00Z"], "in the future"),
    ],
)
# The mark lets pytest-django make its database, which the site of these tests is a copy of.
@pytest.mark.django_db
def test_a_command_that_lacks_something_says_what(arguments: list[str], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        call_command(*arguments)
