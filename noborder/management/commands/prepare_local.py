"""Called by `manage.py up` before the site starts: one process for all of it, to start fast."""

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from events.models import Campaign
from noborder.translations import compile_all


class Command(BaseCommand):
    help = "Compiles translations, gathers static files, and runs `prepare`; then loads the demo edition if it lacks."

    def handle(self, **_options: Any) -> None:
        compile_all(settings.BASE_DIR / "locale")
        gather_static_files(settings.STATIC_ROOT)
        call_command("prepare", stdout=self.stdout)
        if not Campaign.objects.filter(slug="2027").exists():
            self.stdout.write("  load_demo ...")
            call_command("load_demo")


def gather_static_files(target: Path) -> None:
    """Run collectstatic, which compresses for seconds, only when a file or a package has changed since."""
    made_of = target / "made-of"
    now = fingerprint()
    if not made_of.exists() or made_of.read_text() != now:
        call_command("collectstatic", interactive=False, verbosity=0)
        made_of.write_text(now)


def fingerprint() -> str:
    """Changes with our static files and with the packages that bring some."""
    digest = hashlib.sha256((settings.BASE_DIR / "requirements.txt").read_bytes())
    for folder in settings.STATICFILES_DIRS:
        for path in sorted(folder.rglob("*")):
            about = path.stat()
            digest.update(f"{path} {about.st_size} {about.st_mtime_ns}\n".encode())
    return digest.hexdigest()
