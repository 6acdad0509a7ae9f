"""All that is stored about one person, for themselves: every row that points to their address, to their account, or
names them as who did something. Found by walking the tables, so that a new one is not forgotten."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from outbox.models import Recipient

# Who holds these could log in, or compare addresses.
_SECRET = {"password", "code", "data", "key", "session_key"}
# Columns that hold the opaque number of who did something.
_ACTORS = ("actor_id", "editor_id")
Rows = dict[str, list[dict[str, Any]]]


def everything_about(recipient: Recipient) -> dict[str, Any]:
    user = User.objects.filter(recipient=recipient).first()
    rows: Rows = {}
    for model in apps.get_models(include_auto_created=True):
        found = model._default_manager.filter(_is_about(model, recipient, user)).order_by("pk").distinct()
        told = [_told(row) for row in found]
        if told:
            rows[model._meta.label] = told
    return {
        "site": settings.SITE_URL,
        "made_at": timezone.now(),
        "address": recipient.address,
        "stored": rows,
    }


def _is_about(model: type[models.Model], recipient: Recipient, user: User | None) -> Q:
    if model is Recipient:
        return Q(pk=recipient.pk)
    if model is User:
        return Q(recipient=recipient)
    about = Q(pk__in=[])
    for owner, name in (*_paths(model), *_paths_of_children(model)):
        if owner is Recipient:
            about |= Q(**{name: recipient.pk})
        elif user:
            about |= Q(**{name: user.pk})
    names = {field.name for field in model._meta.fields}
    for name in names.intersection(_ACTORS):
        if user:
            about |= Q(**{name: user.actor_id})
    return about


def _paths(model: type[models.Model]) -> Iterator[tuple[type[models.Model], str]]:
    """The columns of *model* that point to a person."""
    for field in model._meta.fields:
        if field.related_model in {Recipient, User}:
            yield field.related_model, field.name


def _paths_of_children(model: type[models.Model]) -> Iterator[tuple[type[models.Model], str]]:
    """Of a row that goes with another one which is somebody's: letters of a correspondence."""
    for field in model._meta.fields:
        parent = field.related_model
        if parent is None or parent in {Recipient, User} or not _goes_with(field):
            continue
        for owner, name in _paths(parent):
            if _goes_with(parent._meta.get_field(name)):
                yield owner, f"{field.name}__{name}"


def _goes_with(field: Any) -> bool:
    """Whether a row goes when the one goes to which this column points."""
    return field.remote_field.on_delete is models.CASCADE


def _told(row: models.Model) -> dict[str, Any]:
    columns = {}
    for field in row._meta.fields:
        if field.name in _SECRET or isinstance(field, models.BinaryField):
            continue
        value = getattr(row, field.name)
        columns[field.name] = str(value) if isinstance(value, models.Model) else value
    return columns
