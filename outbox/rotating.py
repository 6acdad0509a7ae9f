"""Sealed columns of every model, sealed anew under the first of SEAL_KEYS while the site runs.

Rows that somebody is writing are passed over, never waited for: nothing here can undo a change or stand in a deadlock,
and a later pass takes them.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction

from outbox.sealing import CannotOpen, SealedTextField, seal, unseal

BATCH = 500


class Broken(Exception):
    """A row does not open, though its key is there."""


def first_key() -> str:
    return next(iter(settings.SEAL_KEYS))


def key_of(sealed: str) -> str:
    return sealed.partition(":")[0]


def seal_anew(sealed: str, *, purpose: str) -> str:
    """The same text under the first key. Raises CannotOpen."""
    return seal(unseal(sealed, purpose=purpose), purpose=purpose)


@dataclass(frozen=True)
class Column:
    """One sealed column of one table."""

    table: str
    column: str
    row_id: str
    row_id_type: str
    purpose: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"

    def keys(self) -> Counter[str]:
        """How many rows each key seals."""
        with connection.cursor() as cursor:
            cursor.execute(
                self._sql(
                    "SELECT split_part({column}, ':', 1), count(*) FROM {table} WHERE {column} IS NOT NULL GROUP BY 1"
                )
            )
            return Counter(dict(cursor.fetchall()))

    def seal_anew(self) -> int:
        """Take each row that another key seals. How many were taken; a second call goes on where a first one ended."""
        taken, last, read = 0, None, BATCH
        while read == BATCH:
            read, last = self._batch(last)
            taken += read
        return taken

    @transaction.atomic
    def _batch(self, last: Any) -> tuple[int, Any]:
        select = "SELECT {row_id}, {column} FROM {table} WHERE NOT starts_with({column}, %s)"
        onward = "" if last is None else " AND {row_id} > %s"
        locked = select + onward + " ORDER BY {row_id} LIMIT %s FOR UPDATE SKIP LOCKED"
        update = (
            "UPDATE {table} SET {column} = anew.text"
            " FROM unnest(%s::{row_id_type}[], %s::text[]) AS anew(row_id, text) WHERE {table}.{row_id} = anew.row_id"
        )
        with connection.cursor() as cursor:
            cursor.execute(self._sql(locked), [f"{first_key()}:", *([] if last is None else [last]), BATCH])
            rows = cursor.fetchall()
            texts = [self._anew(row_id, sealed) for row_id, sealed in rows]
            cursor.execute(self._sql(update), [[row_id for row_id, _sealed in rows], texts])
        return len(rows), rows[-1][0] if rows else last

    def _anew(self, row_id: Any, sealed: str) -> str:
        try:
            return seal_anew(sealed, purpose=self.purpose)
        except CannotOpen as error:
            raise Broken(
                f"{self} of row {row_id} does not open with its key: it was changed outside the site."
            ) from error

    def _sql(self, text: str) -> str:
        quoted = {name: connection.ops.quote_name(getattr(self, name)) for name in ("table", "column", "row_id")}
        return text.format(**quoted, row_id_type=self.row_id_type)


def columns() -> list[Column]:
    """Every sealed column, so that a new one is never forgotten."""
    return [
        Column(
            table=model._meta.db_table,
            column=str(field.column),
            row_id=str(model._meta.pk.column),
            row_id_type=str(model._meta.pk.rel_db_type(connection)),
            purpose=field.purpose,
        )
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
        for field in model._meta.local_concrete_fields
        if isinstance(field, SealedTextField)
    ]
