"""The age format (age-encryption.org), as `age` and `rage` read it: whoever makes backups cannot read them.

Each 64 KiB are authenticated, and the last ones are marked: what was changed, cut or lengthened does not open.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from pyrage import DecryptError, EncryptError, IdentityError, RecipientError, decrypt_io, encrypt_io
from pyrage.x25519 import Identity, Recipient

from noborder.embedded.trouble import Trouble


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Writable(Protocol):
    def write(self, content: bytes, /) -> int: ...


class Watched:
    """A target whose failures are not lost: pyrage says nothing of one that happens while it writes its last bytes."""

    def __init__(self, target: Writable) -> None:
        self.target = target
        self.failure: Exception | None = None

    def write(self, content: bytes, /) -> int:
        try:
            return self.target.write(content)
        except Exception as error:
            self.failure = error
            raise


class Damaged(Trouble):
    """It is not what was written, or not for this key."""


def new_identity() -> Identity:
    return Identity.generate()


def recipients(names: Sequence[str]) -> list[Recipient]:
    """Public keys from their text."""
    try:
        return [Recipient.from_str(name) for name in names]
    except RecipientError:
        raise Trouble("A recipient must be a public key of age: it begins with age1.") from None


def identities(path: Path) -> list[Identity]:
    """Private keys from a file as `age-keygen` writes it."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
        found = [Identity.from_str(line.strip()) for line in lines if line.strip() and not line.startswith("#")]
    except (OSError, ValueError, IdentityError):
        found = []
    if not found:
        raise Trouble(f"{path} holds no private key of age; one begins with AGE-SECRET-KEY-1.")
    return found


def write_identity(path: Path) -> str:
    """Make a private key in a file that nobody else can read; gives its public key."""
    made = new_identity()
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"# public key: {made.to_public()}\n{made}\n")
    except OSError as error:
        raise Trouble(f"{path} cannot be made: {error.strerror}.") from None
    return str(made.to_public())


def encrypt(source: Readable, target: Writable, to: Sequence[Recipient]) -> None:
    """Raises Trouble, its end still unmarked, if *source* or *target* fails."""
    watched = Watched(target)
    try:
        encrypt_io(source, watched, to)
    except (EncryptError, OSError) as error:
        raise Trouble(f"The backup was not finished: {error}") from None
    if watched.failure:
        raise Trouble(f"The backup was not finished: {watched.failure}")


def decrypt(source: Readable, target: Writable, using: Sequence[Identity]) -> None:
    """Raises Damaged: what *target* was given by then is the true beginning, but not all of it."""
    watched = Watched(target)
    try:
        decrypt_io(source, watched, using)
    except DecryptError as error:
        if "No matching keys" in str(error):
            raise Damaged("This backup was made for another key, or its head is damaged.") from None
        raise Damaged("This is no backup, or its head is damaged.") from None
    except (OSError, ValueError):
        if watched.failure is None:
            raise Damaged("This backup is damaged or cut off.") from None
    if watched.failure:
        raise watched.failure
