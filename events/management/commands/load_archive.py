from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from events import archive
from events.models import City


class Command(BaseCommand):
    help = (
        "Loads the editions of 2002 to 2006 and their protests into the archive. Needs the cities (load_cities). If a "
        "row is wrong, it is named with its line and reason, and nothing is loaded. Running it again changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        default = settings.DATA_DIR / "days_of_action.json"
        parser.add_argument("file", nargs="?", type=Path, default=default, help="another file of the same form")

    def handle(self, *args: Any, **options: Any) -> None:
        if not City.objects.exists():
            raise CommandError("There are no cities yet: run load_cities first.")
        try:
            loaded = archive.load(options["file"].read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The file cannot be read: {error}") from error
        except archive.BadRows as error:
            raise CommandError(f"Nothing was loaded.\n{error}") from error
        self.stdout.write(f"Editions: {loaded.campaigns}, protests: {loaded.events}, rows written: {loaded.written}.")
