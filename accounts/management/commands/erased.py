from typing import Any

from django.core.management.base import BaseCommand

from outbox.models import Erased


class Command(BaseCommand):
    help = (
        "Prints who was erased, one a line: the keyed hash of the address and when. Keep it beside each backup: after "
        "a restore, erase_again reads it. Nobody can tell an address from it without HASH_KEY."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for row in Erased.objects.order_by("at", "pk").iterator():
            self.stdout.write(f"{bytes(row.address_hash).hex()} {row.at.isoformat()}")
