"""Reads what the environment gives (docs/settings.md). Each raises ImproperlyConfigured with what to do about it."""

import base64
import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def secret(name: str, what_to_do: str = "") -> str:
    """The variable, or what stands in the file that <name>_FILE names: secrets of containers are files."""
    value, file = os.environ.get(name, ""), os.environ.get(f"{name}_FILE", "")
    if file and not value:
        try:
            value = Path(file).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(f"{name}_FILE names {file}, which cannot be read. {what_to_do}") from error
    return value


def required(name: str, what_to_do: str) -> str:
    value = secret(name, what_to_do)
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {what_to_do}")
    return value


def flag(name: str, default: bool = False) -> bool:
    value = os.environ.get(name, "1" if default else "0").lower()
    if value not in {"0", "1", "false", "true", "no", "yes"}:
        raise ImproperlyConfigured(f"{name} must be 0 or 1, not {value!r}.")
    return value in {"1", "true", "yes"}


def number(name: str, default: int) -> int:
    value = os.environ.get(name, str(default))
    if not value.isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def key_of_32_bytes(name: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ImproperlyConfigured(f"{name} must be 32 random bytes in base64: openssl rand -base64 32")
    return key
