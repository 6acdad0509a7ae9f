"""Making a backup, and reading one through."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO, cast

from pyrage.x25519 import Identity, Recipient

from noborder.backup import secrecy
from noborder.backup.programs import Database, Programs
from noborder.backup.secrecy import Damaged, Readable, Writable
from noborder.embedded.trouble import Trouble

# Sessions end with a restore, and prints are drawn again when somebody asks for them.
LEFT_OUT = ("django_session", "events_print")


class Dump:
    """What pg_dump says, for a reader. If it fails, reading fails: a dump without its end looks like a whole one."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self.output = cast(IO[bytes], process.stdout)

    def read(self, size: int, /) -> bytes:
        content = self.output.read(size)
        if not content and self.process.wait():
            raise OSError("pg_dump failed, and said why above")
        return content


def dump(database: Database, programs: Programs, *, kind: str = "custom") -> "subprocess.Popen[bytes]":
    """Start pg_dump."""
    left_out = [f"--exclude-table-data={table}" for table in LEFT_OUT]
    command = [programs["pg_dump"], f"--format={kind}", "--no-owner", "--no-privileges", "--no-comments", *left_out]
    return subprocess.Popen(
        [*command, f"--dbname={database.address}"], stdout=subprocess.PIPE, env=database.environment
    )


def write(target: Writable, database: Database, programs: Programs, to: Sequence[Recipient]) -> None:
    """Encrypt a dump as it comes, in constant memory."""
    with dump(database, programs) as process:
        try:
            secrecy.encrypt(Dump(process), target, to)
        finally:
            process.kill()


def write_file(path: Path, database: Database, programs: Programs, to: Sequence[Recipient]) -> int:
    """The file has its name only once it was read back whole from the disk, by a key that is forgotten then. Gives its
    size."""
    draft = path.with_name(f"{path.name}.part")
    key = secrecy.new_identity()
    try:
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            write(file, database, programs, [*to, key.to_public()])
            file.flush()
            os.fsync(file.fileno())
        check_file(draft, programs, [key])
        draft.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise Trouble(f"{path} cannot be written: {error.strerror}.") from None
    finally:
        draft.unlink(missing_ok=True)
    return path.stat().st_size


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_file(path: Path, programs: Programs, using: Sequence[Identity]) -> None:
    try:
        with path.open("rb") as file:
            check(file, programs, using)
    except OSError as error:
        raise Trouble(f"{path} cannot be read: {error.strerror}.") from None


def check(source: Readable, programs: Programs, using: Sequence[Identity]) -> None:
    """Decrypt all of it and let pg_restore read all of that; raises Damaged. Nothing is kept."""
    command = [programs["pg_restore"], f"--file={os.devnull}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as reader, cast(IO[bytes], reader.stdin) as pipe:
        secrecy.decrypt(source, Tolerant(pipe), using)
    if reader.returncode:
        raise Damaged("What this backup holds is no dump that this version of PostgreSQL can read.")


class Tolerant:
    """A pipe whose reader may be satisfied, or give up, before the end: what comes after is still authenticated."""

    def __init__(self, pipe: Writable) -> None:
        self.pipe: Writable | None = pipe

    def write(self, content: bytes, /) -> int:
        if self.pipe is not None:
            try:
                self.pipe.write(content)
            except BrokenPipeError:
                self.pipe = None
        return len(content)
