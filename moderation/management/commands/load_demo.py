import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from events.models import City
from moderation import demo


class Command(BaseCommand):
    help = (
        "Loads the example edition of 2027 with its people and protests, all marked as examples. Needs the cities "
        "(load_cities). Does nothing if an edition of 2027 is there. Its accounts can be entered by whoever reads the "
        "mail to demo.example, so it asks for --yes in production."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="load the examples into a production site")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_PRODUCTION and not options["yes"]:
            raise CommandError("This is a production site. Add --yes if it is to show example protests.")
        if not City.objects.exists():
            raise CommandError("There are no cities yet: run load_cities first.")
        try:
            count = demo.load(settings.DATA_DIR)
        except (OSError, json.JSONDecodeError, KeyError, demo.BadDemo) as error:
            raise CommandError(f"Nothing was loaded. {error}") from error
        self.stdout.write(f"Example protests loaded: {count}." if count else "An edition of 2027 is there already.")
