"""`manage.py up`: the whole site on a bare machine."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from noborder.embedded.site import run_site
from noborder.embedded.trouble import Trouble


class Command(BaseCommand):
    help = "Runs the whole site on this machine, with its own PostgreSQL and Redis and example data. Ctrl-C stops it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=port_number, default=8000, help="port of the web page (default: 8000)")

    def handle(self, *, port: int, **_options: Any) -> None:
        try:
            run_site(port)
        except Trouble as trouble:
            raise CommandError(str(trouble)) from None
        except KeyboardInterrupt:
            self.stdout.write("\nStopped. The data is kept for the next start.")


def port_number(text: str) -> int:
    """A port from the command line; argparse tells what a ValueError means."""
    number = int(text)
    if not 1 <= number <= 65535:
        raise ValueError(text)
    return number
