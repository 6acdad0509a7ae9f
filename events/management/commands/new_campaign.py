from argparse import ArgumentTypeError
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from events import country_rules
from events.campaigns import copy_campaign
from events.models import Campaign


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is not a day like 2028-10-11") from error


class Command(BaseCommand):
    help = (
        "Makes a new edition as a draft from an earlier one: countries and texts are copied, dates moved along. "
        "Texts are then edited, and the edition opened, in /admin/. Does nothing if the edition is there already."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the new edition, for example 2028")
        parser.add_argument("--from", dest="source", required=True, help="the edition to copy, for example 2027")
        parser.add_argument("--starts", required=True, type=day, help="its first day as called, for example 2028-10-11")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["slug"]
        if Campaign.objects.filter(slug=slug).exists():
            self.stdout.write(f"The edition {slug} is there already.")
            return
        source = Campaign.objects.filter(slug=options["source"]).first()
        if source is None:
            raise CommandError(f"There is no edition {options['source']} to copy.")
        try:
            campaign = copy_campaign(source, slug, options["starts"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        country_rules.load()
        self.stdout.write(
            f"The edition {campaign} is a draft: protests from {campaign.actions_from} to {campaign.actions_to}."
        )
