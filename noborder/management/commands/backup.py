"""`manage.py backup`: the database in one encrypted file or pipe (docs/backup.md)."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from noborder.backup import making, secrecy
from noborder.backup.programs import Database, major_version, programs
from noborder.embedded.trouble import Trouble


class Command(BaseCommand):
    help = (
        "Writes the whole database to FILE, encrypted for public keys of age, and reads it back from the disk; '-' is "
        "the standard output. --verify reads a backup through with its private key. --new-key makes a pair of keys."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="where to write; '-' for the standard output")
        parser.add_argument(
            "--recipient",
            action="append",
            dest="recipients",
            metavar="age1...",
            help="who can read it; may be given several times (default: BACKUP_RECIPIENTS)",
        )
        parser.add_argument("--verify", metavar="FILE", type=Path, help="read this backup through; needs --identity")
        parser.add_argument("--identity", metavar="FILE", type=Path, help="file with the private key")
        parser.add_argument("--new-key", metavar="FILE", type=Path, help="write a new private key to this file")

    def handle(
        self,
        *,
        file: str | None,
        recipients: list[str] | None,
        verify: Path | None,
        identity: Path | None,
        new_key: Path | None,
        **_options: Any,
    ) -> None:
        try:
            if new_key:
                self.stdout.write(f"The public key, for BACKUP_RECIPIENTS: {secrecy.write_identity(new_key)}")
                self.stdout.write(f"Keep {new_key} apart from this machine: without it no backup can be read.")
            elif verify:
                self.verify(verify, identity)
            elif file:
                self.make(file, recipients or settings.BACKUP_RECIPIENTS)
            else:
                raise Trouble("Say where to write the backup: manage.py backup FILE, or - for the standard output.")
        except Trouble as trouble:
            raise CommandError(str(trouble)) from None

    def verify(self, path: Path, identity: Path | None) -> None:
        if identity is None:
            raise Trouble("Only the private key can read a backup: --identity FILE")
        making.check_file(path, programs(), secrecy.identities(identity))
        self.stdout.write(f"{path} is whole: {path.stat().st_size} bytes.")

    def make(self, file: str, recipients: list[str]) -> None:
        to = secrecy.recipients(recipients)
        if not to:
            raise Trouble("For whom? Set BACKUP_RECIPIENTS or give --recipient; manage.py backup --new-key FILE helps.")
        database, chosen = Database.of(connection.settings_dict), programs(major_version(connection))
        if file == "-":
            making.write(sys.stdout.buffer, database, chosen, to)
            sys.stdout.buffer.flush()
        else:
            size = making.write_file(Path(file), database, chosen, to)
            self.stdout.write(f"{file}: {size} bytes, written and read back.")
