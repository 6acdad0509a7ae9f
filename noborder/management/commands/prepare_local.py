"""Called by `manage.py up` before the site starts: one process for all of it, to start fast."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from events.models import Campaign, City
from noborder.translations import compile_all


class Command(BaseCommand):
    help = "Migrates, compiles translations, gathers static files, and loads cities, archive and demo where they lack."

    def handle(self, **_options: Any) -> None:
        compile_all(settings.BASE_DIR / "locale")
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        if not City.objects.exists():
            self.load("load_cities")
        if not Campaign.objects.filter(slug="2002").exists():
            self.load("load_archive")
        if not Campaign.objects.filter(slug="2027").exists():
            self.load("load_demo")

    def load(self, command: str) -> None:
        """Run one of the loading commands, which leave nothing half-loaded."""
        self.stdout.write(f"  {command} ...")
        call_command(command)
