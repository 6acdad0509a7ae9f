"""`manage.py rotate_keys`: everything sealed comes under the first of SEAL_KEYS (docs/hosting.md)."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.rotating import SecondFactors, Sessions
from outbox.rotating import Broken, Column, columns, first_key

PASSES = 5


class Command(BaseCommand):
    help = (
        "Seals every address and text anew under the first key of SEAL_KEYS, while the site runs; stopped, it goes on "
        "where it was. --check only says how many rows other keys seal."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; status 1 if other keys are in use")

    def handle(self, *, check: bool, **_options: Any) -> None:
        self.stores: list[Column | SecondFactors | Sessions] = [*columns(), SecondFactors(), Sessions()]
        left = self.left_by_store()
        if check:
            self.tell(left, "to seal anew")
            return self.conclude(sum(left.values()))
        taken = dict.fromkeys(left, 0)
        try:
            for number in range(PASSES):
                if number:
                    time.sleep(1)
                for store in self.stores:
                    taken[str(store)] += store.seal_anew()
                left = self.left_by_store()
                if not sum(left.values()):
                    break
        except Broken as broken:
            raise CommandError(f"{broken} The rest is as it was, or sealed anew already.") from None
        self.tell(taken, "sealed anew")
        return self.conclude(sum(left.values()))

    def left_by_store(self) -> dict[str, int]:
        """How many rows of each are sealed with another key than the first. Refuses keys that are not there."""
        keys = {str(store): store.keys() for store in self.stores}
        lost = [
            f"{store}: {count} rows with the key {key[:20]!r}"
            for store, counts in keys.items()
            for key, count in counts.items()
            if key not in settings.SEAL_KEYS
        ]
        if lost:
            raise CommandError(f"Not in SEAL_KEYS, so nothing was changed. Put the keys back: {'; '.join(lost)}.")
        return {store: counts.total() - counts[first_key()] for store, counts in keys.items()}

    def tell(self, numbers: dict[str, int], done: str) -> None:
        for store, count in numbers.items():
            self.stdout.write(f"{store}: {count} {done}")

    def conclude(self, left: int) -> None:
        if left:
            raise CommandError(
                f"Other keys than {first_key()} still seal {left} rows: not taken, or written meanwhile. "
                "Restart every process with the new SEAL_KEYS, and run manage.py rotate_keys again."
            )
        self.stdout.write(f"Everything is sealed with {first_key()}.")
