"""`manage.py audit`: code that may hurt, and packages of which worse is known. A step of `manage.py lint`."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from noborder.audit import code, packages
from noborder.embedded.places import CHECKOUT

FOLDERS = ("noborder", "moderation", "organising", "reminders", "events", "accounts", "outbox", "templates", "tools")
LOCKS = ("requirements", "requirements-up", "requirements-dev")


class Command(BaseCommand):
    help = "Looks for code that may hurt, and checks the lock files against a table of minimum versions, offline."
    requires_system_checks: list[str] = []

    def handle(self, **_options: Any) -> None:
        found = list(faults())
        for fault in found:
            self.stdout.write(fault)
        if found:
            raise CommandError(f"{len(found)} found.")


def faults() -> Iterator[str]:
    yield from code.sentences(code.all_faults(CHECKOUT, FOLDERS), code.MEANT)
    names = [f"{name}.{kind}" for name in LOCKS for kind in ("in", "txt")]
    known = (CHECKOUT / "noborder" / "audit" / "minimum_versions.txt").read_text()
    yield from packages.faults({name: (CHECKOUT / name).read_text() for name in names}, known)
