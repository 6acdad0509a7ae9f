"""Called by `manage.py bench`, in the database that it made."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from noborder.bench.launch import SCRATCH
from noborder.bench.sizes import LONG, QUICK, tables
from noborder.management.commands.prepare_local import gather_static_files
from noborder.translations import compile_all


class Command(BaseCommand):
    help = "Measures and prints; only in a database of the benchmark's own."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--long", action="store_true")

    def handle(self, *, long: bool, **_options: Any) -> None:
        # It empties tables.
        if connection.settings_dict["NAME"] != SCRATCH:
            raise CommandError("This is a part of another command: python3 manage.py bench")
        compile_all(Path(settings.BASE_DIR) / "locale")
        gather_static_files(settings.STATIC_ROOT)
        call_command("migrate", verbosity=0)
        self.stdout.write("speed: beside the first line of the table; no other figure means much elsewhere.")
        for table in tables(LONG if long else QUICK):
            self.stdout.write(f"\n{table}")
