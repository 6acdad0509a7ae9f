import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.erasing import BadList, erase_again, read_erased


def _read(file: str | None) -> str:
    if file == "-":
        return sys.stdin.read()
    return Path(file).read_text(encoding="ascii") if file else ""


class Command(BaseCommand):
    help = (
        "After a restore: erases again everybody who was erased since the backup was made. Reads what erased "
        "printed, from a file or from standard input. Whoever came back after being erased stays. Moves the counters "
        "of all tables on, so that links in mails sent since the backup open nothing of anybody else. Running it "
        "twice does no harm."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="what erased printed; - for standard input; without it nobody")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            erased = read_erased(_read(options["file"]))
        except (OSError, UnicodeDecodeError, BadList) as error:
            raise CommandError(f"Nothing was erased. {error}") from error
        self.stdout.write(f"Erased again: {erase_again(erased)}.")
