"""`manage.py bench`: how fast the site is, as ratios within one run."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from noborder.bench.launch import run_benchmarks
from noborder.embedded.trouble import Trouble


class Command(BaseCommand):
    help = "Prints the benchmark tables: pages, planning, sending. About two minutes; touches no other data."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--long", action="store_true", help="the full sizes: a million finished mails, half an hour"
        )

    def handle(self, *, long: bool, **_options: Any) -> None:
        try:
            run_benchmarks(["--long"] if long else [], self.say)
        except Trouble as trouble:
            raise CommandError(str(trouble)) from None
        except KeyboardInterrupt:
            self.stdout.write("\nStopped.")

    def say(self, text: str) -> None:
        """Hand on a line as soon as it is there."""
        self.stdout.write(text, ending="")
        self.stdout.flush()
