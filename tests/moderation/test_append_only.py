"""The trail and the decisions only ever grow, and erasing a person rewrites none of them."""

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.append_only import append_only
from accounts.models import AuditEntry, User
from events.models import Decision, DecisionReason
from moderation import actions
from tests.factories import OrganiserFactory, RevisionFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
TABLES = ["events_decision", "accounts_auditentry"]
REWRITES = ["UPDATE {table} SET verb = 'x'", "DELETE FROM {table}", "TRUNCATE {table}"]


def decided():
    revision = RevisionFactory()
    OrganiserFactory(event=revision.event, user=revision.author)
    decision = actions.reject_revision(revision, by=UserFactory(), reason="Because of Anna Example.")
    actions.undo_decision(decision, by=UserFactory())
    return revision


def trail():
    with connection.cursor() as cursor:
        rows = []
        for table in TABLES:
            cursor.execute(f"SELECT t::text FROM {table} t ORDER BY id")
            rows += cursor.fetchall()
    return rows


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", REWRITES[:2])
def test_the_database_refuses_to_rewrite_them(table, statement):
    decided()
    before = trail()
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        connection.cursor().execute(statement.format(table=table))
    assert trail() == before


@pytest.mark.parametrize("statement", REWRITES)
def test_what_guards_them_refuses_everything_but_new_rows(statement):
    """On a table of its own: in tests the real ones may be emptied (tests/conftest.py)."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE guarded (verb text)")
        cursor.execute(append_only("guarded").sql)
        cursor.execute("INSERT INTO guarded VALUES ('kept')")
        with pytest.raises(DatabaseError, match="rows of guarded are never"), transaction.atomic():
            cursor.execute(statement.format(table="guarded"))
        cursor.execute("SELECT verb FROM guarded")
        assert cursor.fetchall() == [("kept",)]


@pytest.mark.parametrize("model", [Decision, AuditEntry])
def test_so_does_the_orm(model):
    decided()
    row = model.objects.earliest("pk")
    row.verb = "x"
    for rewrite in (row.save, row.delete, model.objects.all().delete, lambda: model.objects.update(verb="x")):
        with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
            rewrite()


def test_erasing_people_their_protest_and_their_words_rewrites_none_of_it():
    revision = decided()
    before = trail()
    DecisionReason.objects.all().delete()
    revision.event.delete()
    for user in User.objects.all():
        user.delete()
    assert trail() == before
    assert "Anna" not in str(before)
    assert "example.org" not in str(before)
