"""Addresses at rest: sealed with a key that is not in the database, found again by a keyed hash.

Sealing is AES-SIV (RFC 5297): authenticated and deterministic, so equal texts stay comparable without being readable.
A sealed text is ``<key id>:<url-safe base64>``; the first key of ``settings.SEAL_KEYS`` seals, every key opens.
"""

import base64
import contextlib
import functools
import hashlib
import hmac
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.db import models
from django.db.models import lookups


class CannotOpen(ValueError):
    """The sealed text was changed, or its key is not in SEAL_KEYS."""


@functools.cache
def _cipher(key: bytes) -> AESSIV:
    return AESSIV(hashlib.sha512(b"noborder sealing" + key).digest())


def seal(text: str, *, purpose: str, key_id: str | None = None) -> str:
    """Seal *text* for one *purpose*: the same text sealed for another one looks different and does not open."""
    key_id = key_id or next(iter(settings.SEAL_KEYS))
    sealed = _cipher(settings.SEAL_KEYS[key_id]).encrypt(text.encode() or b"\0", [purpose.encode()])
    return f"{key_id}:{base64.urlsafe_b64encode(sealed).decode()}"


def unseal(sealed: str, *, purpose: str) -> str:
    """Open what :func:`seal` closed. Raises CannotOpen."""
    key_id, _colon, text = sealed.partition(":")
    try:
        opened = _cipher(settings.SEAL_KEYS[key_id]).decrypt(base64.urlsafe_b64decode(text), [purpose.encode()])
    except (KeyError, ValueError, InvalidTag) as error:
        raise CannotOpen(f"a text sealed with key {key_id[:20]!r} for {purpose} cannot be opened") from error
    return "" if opened == b"\0" else opened.decode()


def seal_bytes(content: bytes, *, purpose: str) -> bytes:
    """As :func:`seal`, for files that are not to be kept for long."""
    key_id, key = next(iter(settings.SEAL_KEYS.items()))
    return key_id.encode() + b":" + _cipher(key).encrypt(content, [purpose.encode()])


def unseal_bytes(sealed: bytes, *, purpose: str) -> bytes:
    """Open what :func:`seal_bytes` closed. Raises CannotOpen."""
    key_id, _colon, content = sealed.partition(b":")
    try:
        return _cipher(settings.SEAL_KEYS[key_id.decode()]).decrypt(content, [purpose.encode()])
    except (KeyError, ValueError, InvalidTag) as error:
        raise CannotOpen(f"a file sealed for {purpose} cannot be opened") from error


def seal_number(number: int, *, purpose: str) -> bytes:
    """24 bytes that tell nothing of *number* and that nobody else can make."""
    key = next(iter(settings.SEAL_KEYS.values()))
    return _cipher(key).encrypt(number.to_bytes(8), [purpose.encode()])


def unseal_number(sealed: bytes, *, purpose: str) -> int:
    """Open what :func:`seal_number` closed, with any of the keys. Raises CannotOpen."""
    for key in settings.SEAL_KEYS.values():
        with contextlib.suppress(InvalidTag, ValueError):
            return int.from_bytes(_cipher(key).decrypt(sealed, [purpose.encode()]))
    raise CannotOpen(f"a number sealed for {purpose} cannot be opened")


def keyed_hash(text: str, *, purpose: str) -> bytes:
    """32 bytes that only the holder of HASH_KEY can compute from *text*."""
    return hmac.digest(settings.HASH_KEY, f"{purpose}\0{text}".encode(), "sha256")


def normal_address(address: str) -> str:
    """The form in which two spellings of one mailbox are the same row: trimmed, lower case."""
    return address.strip().lower()


def seal_address(address: str) -> str:
    return seal(normal_address(address), purpose="address")


def address_hash(address: str) -> bytes:
    return keyed_hash(normal_address(address), purpose="address")


def likely_mailbox(address: str) -> str:
    """One spelling for the addresses that are likely one mailbox: no dots, no +tag, lower case. For limits alone."""
    local, _at, domain = normal_address(address).rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"


def mailbox_hash(address: str) -> bytes:
    return keyed_hash(likely_mailbox(address), purpose="mailbox")


def domain_hash(address: str) -> bytes:
    """Of the domain that receives its mail."""
    return keyed_hash(normal_address(address).rpartition("@")[2], purpose="domain")


class SealedTextField(models.TextField):  # type: ignore[type-arg]
    """A text that the database only ever holds sealed. Only equality can be looked up."""

    def __init__(self, *args: Any, purpose: str, **kwargs: Any) -> None:
        self.purpose = purpose
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "purpose": self.purpose}

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return None if value is None else seal(value, purpose=self.purpose)

    def from_db_value(self, value: str | None, *_args: object) -> str | None:
        return None if value is None else unseal(value, purpose=self.purpose)


class _AnyKey:
    """Compares with the value as each key would seal it, so that look-ups work while keys are being rotated."""

    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        lookup: Any = self
        column, params = lookup.process_lhs(compiler, connection)
        values = [lookup.rhs] if lookup.lookup_name == "exact" else list(lookup.rhs)
        purpose = lookup.lhs.output_field.purpose
        sealed = [seal(str(value), purpose=purpose, key_id=key_id) for value in values for key_id in settings.SEAL_KEYS]
        return f"{column} = ANY(%s)", [*params, sealed]


@SealedTextField.register_lookup
class SealedExact(_AnyKey, lookups.Exact):  # type: ignore[misc]
    pass


@SealedTextField.register_lookup
class SealedIn(_AnyKey, lookups.In):  # type: ignore[misc]
    pass
