from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from events import gazetteer


class Command(BaseCommand):
    help = (
        "Loads the gazetteer (cities.tsv.gz and extra_cities.json) into the database. "
        "Can be run again at any time: only what differs is written, and no city is removed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", type=Path, default=settings.DATA_DIR, help="folder with the two files")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = gazetteer.load(gazetteer.read_all(options["data"]))
        except gazetteer.BadGazetteer as error:
            raise CommandError(str(error)) from error
        if loaded.is_nothing:
            self.stdout.write("The gazetteer is up to date.")
        else:
            self.stdout.write(
                f"Cities written: {loaded.cities}; spellings added: {loaded.spellings}, gone: {loaded.spellings_gone}."
            )
