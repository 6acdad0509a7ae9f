from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from events import country_rules


class Command(BaseCommand):
    help = (
        "Loads the duties to notify an assembly from data/country_rules.json. Writes what differs; what coordinators "
        "have edited here stays. If a row is wrong, it is named with the reason, and nothing is loaded."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, default=country_rules.FILE, help="another file of that form")
        parser.add_argument(
            "--overwrite", action="store_true", help="also what was edited here; the history keeps what it said"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = country_rules.load(options["file"], overwrites=options["overwrite"])
        except country_rules.BadRules as error:
            raise CommandError(f"Nothing was loaded.\n{error}") from error
        self.stdout.write(f"Country rules written: {loaded.written}, edited here and kept: {loaded.kept}.")
