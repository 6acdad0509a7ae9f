"""`manage.py prepare`: what the site needs before it starts; does no harm when it runs each time."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from events import country_rules
from events.models import Campaign, City
from moderation.models import ReasonTemplate


class Command(BaseCommand):
    help = "Migrates the database and loads what every site needs and this one lacks: cities, archive, rules, reasons."

    def handle(self, **_options: Any) -> None:
        call_command("migrate", verbosity=0)
        if not City.objects.exists():
            self.load("load_cities")
        if not Campaign.objects.filter(slug="2002").exists():
            self.load("load_archive")
        # Each time: a corrected file reaches what nobody has edited here.
        country_rules.load()
        if not ReasonTemplate.objects.exists():
            self.load("load_reason_templates")

    def load(self, command: str) -> None:
        """Run one of the loading commands, which leave nothing half-loaded."""
        self.stdout.write(f"  {command} ...")
        call_command(command)
