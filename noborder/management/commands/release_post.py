"""`manage.py release_post`: mail leaves again (docs/backup.md)."""

from typing import Any

from django.core.management.base import BaseCommand

from outbox import holding


class Command(BaseCommand):
    help = "Ends the hold that a restore puts on all mail. Look at the restored site first."

    def handle(self, **_options: Any) -> None:
        self.stdout.write("Mail is planned and sent again." if holding.release() else "No mail was on hold.")
