"""A form that is shown again: with some of it replaced, and beside it what somebody else saved meanwhile."""

from collections.abc import Mapping
from typing import Any, cast

from django.forms import BaseForm
from django.utils.datastructures import MultiValueDict


def renewed(form: BaseForm, **values: object) -> "MultiValueDict[str, Any]":
    """What was sent, with some of it replaced."""
    data = cast("MultiValueDict[str, Any]", form.data).copy()
    for name, value in values.items():
        data[name] = str(value)
    return data


def said_otherwise(form: BaseForm, theirs: Mapping[str, object]) -> list[tuple[str, object]]:
    """*theirs* by the labels of the fields, where it is not what was typed."""
    return [(str(form[name].label), value) for name, value in theirs.items() if value != form.cleaned_data[name]]
