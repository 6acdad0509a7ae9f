"""Every text that somebody types, found in the models: a new field is among them without being named here."""

import json
import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from outbox.sealing import SealedTextField

OURS = ("accounts", "events", "moderation", "organising", "outbox", "reminders", "auth")
# Written by us or chosen from a list; and what people log in or are written to with.
CODES = re.compile(
    r"(?:.*_)?(?:slug|timezone|language|languages|country|key|hash|look|role|public_id|state|verb|codes|code|ids|letter"
    r"|batch|password|codename|sheet|features|type|email|folded|value|rows|before|said)"
)
KEPT = {"search_text", "search_title", "address of outbox.Recipient", "name of moderation.ReasonTemplate"}
KEPT |= {"reason of outbox.Delivery", "name of auth.Permission", "after of events.EventChange"}
KEPT |= {"display_names", "other_sources"}


def _is_text(field: Any) -> bool:
    if field.choices or field.is_relation:
        return False
    texts = (models.CharField, models.TextField, models.JSONField, ArrayField, SealedTextField)
    return isinstance(field, texts)


def typed() -> dict[type[models.Model], list[Any]]:
    """The fields of each model that hold what people have typed."""
    found = {
        model: [
            field
            for field in model._meta.concrete_fields
            if _is_text(field)
            and not CODES.fullmatch(field.name)
            and not {field.name, f"{field.name} of {model._meta.label}"} & KEPT
        ]
        for model in apps.get_models()
        if model._meta.app_label in OURS
    }
    return {model: fields for model, fields in found.items() if fields}


def _replaced(value: Any, text: str) -> Any:
    if isinstance(value, dict):
        return {name: _replaced(part, text) for name, part in value.items()}
    if isinstance(value, list):
        return [_replaced(part, text) for part in value]
    return text if isinstance(value, str) and value else value


# What a form that was kept holds, by the names of its fields.
FORM = ("title", "description", "organiser_name", "venue", "address", "city", "access_notes", "note_to_moderators")


def _instead_of(value: Any, field: Any, text: str) -> Any:
    if field.name == "translations":
        return {"pl": {"title": text[:120], "description": text}}
    if field.name == "other_texts":
        return json.dumps({"pl": {"subject": text, "text": text}})
    if field.name == "answers":
        return json.dumps({name: [text] for name in FORM})
    if isinstance(field, models.URLField):
        return f"https://example.org/{text}"[: field.max_length]
    if field.max_length:
        return text[: field.max_length]
    if isinstance(value, dict | list):
        links = isinstance(field, ArrayField)
        return _replaced(value, f"https://example.org/{text}"[:200] if links else text)
    if isinstance(field, SealedTextField) and (kept := _kept_in(value)):
        return json.dumps(_replaced(kept, text))
    return text


def _kept_in(value: str | None) -> Any:
    """What a sealed field keeps as JSON; nothing of what somebody typed, which may begin like it."""
    try:
        kept = json.loads(value or "")
    except json.JSONDecodeError:
        return None
    return kept if isinstance(kept, dict | list) else None


def type_everywhere(texts: Iterator[str]) -> int:
    """Put the next of *texts* into each field of each row, past all forms and triggers. How many were put."""
    put = 0
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    for model, fields in typed().items():
        for row in model._default_manager.all():
            changed = {field.attname: _instead_of(getattr(row, field.attname), field, next(texts)) for field in fields}
            model._default_manager.filter(pk=row.pk).update(**changed)
            put += len(changed)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = origin")
    return put
