from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from events.models import Campaign
from moderation.forgetting import erase_campaign


class Command(BaseCommand):
    help = (
        "Erases the people of one edition at once, without waiting for the day on which they are forgotten: followers, "
        "helpers, organisers and moderators who have no other edition, letters, contacts, places that were kept back, "
        "protests that were never public. What was public stays, and the edition is archived for good. Cannot be "
        "undone; asks you to type the name of the edition."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the edition, for example 2027")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        campaign = Campaign.objects.filter(slug=options["slug"]).first()
        if campaign is None:
            raise CommandError("There is no such edition.")
        if not options["yes"] and input(f"Type {campaign.slug} to erase its people: ") != campaign.slug:
            raise CommandError("Nothing was erased.")
        gone = erase_campaign(campaign, by=None)
        self.stdout.write(f"Erased: accounts {gone.accounts}, addresses {gone.addresses}.")
