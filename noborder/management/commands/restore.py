"""`manage.py restore`: a backup into an empty database, with the mail on hold (docs/backup.md)."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from noborder.backup import restoring, secrecy
from noborder.backup.programs import Database, major_version, programs
from noborder.celery import app
from noborder.embedded.trouble import Trouble
from outbox import holding
from outbox.models import Recipient
from outbox.sealing import CannotOpen, address_hash

# Deletes again who was erased since the backup.
ERASE_AGAIN = "erase_again"

OTHER_KEY = "The backup was made with another {}. Set that one, and restore again with --replace-everything."


class Command(BaseCommand):
    help = (
        "Reads a backup through, then puts it into the database, all of it or nothing. Mail is on hold afterwards, "
        "until `manage.py release_post`. Stop web, workers and beat first."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the backup; '-' for the standard input")
        parser.add_argument("--identity", metavar="FILE", type=Path, required=True, help="file with the private key")
        parser.add_argument(
            "--replace-everything", action="store_true", help="throw away what the database holds, all of it"
        )
        parser.add_argument(
            "--sent-until",
            metavar="TIME",
            type=moment,
            help="when the old site last sent mail, as 2027-10-10T18:30+02:00; what was due by then is not sent again "
            "(default: now)",
        )
        parser.add_argument(
            "--erased", metavar="FILE", type=Path, help="list of the people erased since, from `manage.py erased`"
        )

    def handle(
        self,
        *,
        file: str,
        identity: Path,
        replace_everything: bool,
        sent_until: datetime | None,
        erased: Path | None,
        **_options: Any,
    ) -> None:
        now = timezone.now()
        if sent_until and sent_until > now:
            raise CommandError("--sent-until lies in the future.")
        if erased and not (erased.is_file() and ERASE_AGAIN in get_commands()):
            raise CommandError(f"{erased} cannot be read, or this version has no manage.py {ERASE_AGAIN}.")
        try:
            using = secrecy.identities(identity)
            tables = len(connection.introspection.table_names())
            if tables and not replace_everything:
                raise Trouble(
                    f"The database is not empty: it has {tables} tables. Restore into an empty one, or throw all of it "
                    "away with --replace-everything."
                )
            chosen = programs(major_version(connection))
            with at_hand(file) as path:
                restoring.restore(
                    path,
                    Database.of(connection.settings_dict),
                    chosen,
                    using,
                    now=now,
                    is_replacing=replace_everything,
                )
        except Trouble as trouble:
            raise CommandError(str(trouble)) from None
        self.finish(sent_until or now, now, erased)

    def finish(self, sent_until: datetime, now: datetime, erased: Path | None) -> None:
        """Bring what was restored up to today, before anybody works with it."""
        connection.close()
        call_command("migrate", verbosity=0)
        check_keys()
        if ERASE_AGAIN in get_commands():
            # Without a list too: it moves the counters of rows on, for links in mails sent since.
            call_command(ERASE_AGAIN, *([str(erased)] if erased else []))
        app.loader.import_default_modules()
        left_out = holding.count_as_sent(sent_until, now=now)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        self.stdout.write(
            f"Restored. {left_out} mails that were due until {sent_until:%Y-%m-%d %H:%M %Z} count as sent.\n"
            "No mail leaves but log-in codes: look at the site, then run manage.py release_post."
        )
        if not erased:
            self.stdout.write(
                "No list of erased people was given (--erased): whoever was erased since the backup is back. Run "
                f"manage.py {ERASE_AGAIN} FILE before you go on."
            )


def check_keys() -> None:
    """One address tells whether this machine has the keys of the backup. With others, nobody would be reached, and who
    said "never again" would be forgotten."""
    try:
        one = Recipient.objects.exclude(address="").order_by("-pk").first()
    except CannotOpen:
        raise CommandError(OTHER_KEY.format("SEAL_KEYS")) from None
    if one and bytes(one.address_hash) != address_hash(one.address):
        raise CommandError(OTHER_KEY.format("HASH_KEY"))


@contextmanager
def at_hand(file: str) -> Iterator[Path]:
    """The backup as a file that can be read twice. What comes by a pipe waits on the disk, encrypted as it is."""
    if file != "-":
        yield Path(file)
        return
    with tempfile.NamedTemporaryFile(prefix="noborder-") as kept:
        shutil.copyfileobj(sys.stdin.buffer, kept)
        kept.flush()
        os.fsync(kept.fileno())
        yield Path(kept.name)


def moment(text: str) -> datetime:
    """A moment with its zone; argparse tells what a ValueError means."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found
