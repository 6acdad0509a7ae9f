"""`manage.py read_bounces`: what beat does every five minutes, at once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from outbox.bounces import read_mailbox


class Command(BaseCommand):
    help = "Reads and deletes what lies in the mailbox of bounces (BOUNCES_URL)."

    def handle(self, **_options: Any) -> None:
        if not settings.BOUNCES_URL:
            raise CommandError("BOUNCES_URL is not set: docs/mail.md says how bounces are read.")
        self.stdout.write(f"Reports taken in: {read_mailbox()}")
