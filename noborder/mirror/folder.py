"""The folder of a mirror: whole files only, untouched where nothing changed, and a signed list of all."""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from noborder.embedded.trouble import Trouble

LIST, SIGNATURE, LOCK = "manifest.json", "manifest.json.sig", ".mirror.lock"
NEW = ".new"
# Of a file as it was at a moment.
Render = Callable[[datetime], bytes]


def checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Folder:
    """One run writes it at a time; file servers may read it meanwhile."""

    def __init__(self, path: Path, *, site: str, now: datetime) -> None:
        self.path, self.site, self.now = path, site, now
        self.before: dict[str, list[str]] = read_list(path)["files"] if (path / LIST).exists() else {}
        self.files: dict[str, list[str]] = {}
        self.written = 0

    def keep(self, file: str, render: Render) -> None:
        """Write the file if it is not what is there already, apart from the moment it tells."""
        known, since = self.before.get(file, ["", ""])
        content = render(datetime.fromisoformat(since)) if since else b""
        if checksum(content) != known:
            since = self.now.isoformat(timespec="seconds")
            content = render(datetime.fromisoformat(since))
        if not self._holds(file, content):
            self._write(file, content)
        self.files[file] = [checksum(content), since]

    def _holds(self, file: str, content: bytes) -> bool:
        try:
            return (self.path / file).read_bytes() == content
        except OSError:
            return False

    def _write(self, file: str, content: bytes) -> None:
        target = self.path / file
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}{NEW}")
        draft.write_bytes(content)
        draft.replace(target)
        self.written += 1

    def finish(self, key: Ed25519PrivateKey) -> int:
        """Remove what is gone, also what a run left that was broken off, then say what is there. Gives how many files
        went."""
        gone = _files_in(self.path) - self.files.keys()
        for file in gone:
            target = self.path / file
            target.unlink()
            _remove_empty(target.parent, self.path)
        told = {"site": self.site, "made_at": self.now.isoformat(timespec="seconds"), "files": self.files}
        content = json.dumps(told, indent=0, sort_keys=True).encode()
        written = self.written
        self._write(LIST, content)
        self._write(SIGNATURE, key.sign(content))
        self.written = written
        return len(gone)


def _files_in(folder: Path) -> set[str]:
    """All but what tells of the others."""
    found = {str(one.relative_to(folder)) for one in folder.rglob("*") if not one.is_dir()}
    return found - {LIST, SIGNATURE, LOCK}


def _remove_empty(folder: Path, root: Path) -> None:
    while folder != root and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


@contextmanager
def opened(path: Path, *, site: str, now: datetime) -> Iterator[Folder]:
    """A folder that is new, empty, or a mirror; nothing else, since files are removed from it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        others = {found.name for found in path.iterdir()} - {LOCK}
        if others and LIST not in others and not _is_unfinished(path):
            raise Trouble(f"{path} holds other things. Name a folder of its own for the mirror.")
        with (path / LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Trouble(f"Another run writes to {path}.") from None
            yield Folder(path, site=site, now=now)
    except OSError as error:
        raise Trouble(f"{error.filename} cannot be written: {error.strerror}.") from None


def _is_unfinished(path: Path) -> bool:
    """Whether a first run was broken off here."""
    return (path / LOCK).exists()


def read_list(path: Path) -> dict[str, dict[str, list[str]]]:
    try:
        found: dict[str, dict[str, list[str]]] = json.loads((path / LIST).read_bytes())
    except (OSError, ValueError):
        raise Trouble(f"{path / LIST} cannot be read.") from None
    return found


def faults(path: Path, key: Ed25519PublicKey) -> list[str]:
    """What is not as it was signed; each with its reason."""
    try:
        key.verify((path / SIGNATURE).read_bytes(), (path / LIST).read_bytes())
    except OSError as error:
        return [f"{Path(str(error.filename)).name}: is missing"]
    except InvalidSignature:
        return [f"{LIST}: was not signed with this key"]
    files = read_list(path)["files"]
    there = _files_in(path)
    changed = [
        file
        for file, (signed, _since) in files.items()
        if file in there and checksum((path / file).read_bytes()) != signed
    ]
    return sorted(
        [f"{file}: is missing" for file in files.keys() - there]
        + [f"{file}: is not in the list" for file in there - files.keys()]
        + [f"{file}: was changed" for file in changed]
    )


def write_keys(path: Path) -> Path:
    """Make a key to sign with in a file that nobody else can read, and beside it the one to verify with."""
    key, public = Ed25519PrivateKey.generate(), path.with_name(f"{path.name}.pub")
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    except OSError as error:
        raise Trouble(f"{path} cannot be made: {error.strerror}.") from None
    return public


def signing_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise Trouble(f"{path} holds no key to sign with: manage.py mirror --new-key FILE makes one.")
    return key


def verifying_key(path: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise Trouble(f"{path} holds no public key: it is the one that ends in .pub.")
    return key
