from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from moderation import reasons


class Command(BaseCommand):
    help = (
        "Loads ready-made reasons for moderators from data/reason_templates.json, in all languages of the site. Adds "
        "what lacks, those that were deleted too, and changes nothing that is there."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        added = reasons.load(settings.DATA_DIR / "reason_templates.json")
        self.stdout.write(f"Ready-made reasons added: {added}.")
