"""`manage.py translations`: what the complete languages lack, compared with the strings in the code as it is now."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from noborder.translations import missing

SOURCE_LANGUAGE = "en"
# Not read by visitors, organisers or moderators.
LEFT_IN_ENGLISH = ["admin.py", "management", "tests", "tools", "var", ".venv"]


class Command(BaseCommand):
    help = "Lists the strings that are missing or doubtful in the complete languages. Changes no file. Needs gettext."

    def handle(self, **_options: Any) -> None:
        languages = [code for code in settings.COMPLETE_LANGUAGES if code != SOURCE_LANGUAGE]
        with tempfile.TemporaryDirectory() as folder:
            copy = copy_sources(settings.BASE_DIR, Path(folder) / "copy")
            make_messages(copy, languages)
            lacking = {code: missing(copy / "locale" / code / "LC_MESSAGES" / "django.po") for code in languages}
        for code, texts in lacking.items():
            for text in texts:
                self.stdout.write(f"{code}: {text!r}")
        if any(lacking.values()):
            counts = ", ".join(f"{code} {len(texts)}" for code, texts in lacking.items() if texts)
            raise CommandError(f"Strings to translate: {counts}. See docs/translating.md.")


def copy_sources(source: Path, target: Path) -> Path:
    """Copy what may hold strings, so that making messages touches nothing of ours."""
    leave = shutil.ignore_patterns(*LEFT_IN_ENGLISH, ".*", "__pycache__", "static", "data", "docs")
    return Path(shutil.copytree(source, target, ignore=leave))


def make_messages(folder: Path, languages: list[str]) -> None:
    """Run Django's makemessages in `folder`, with every language beginning empty that has no file yet."""
    (folder / "locale").mkdir(exist_ok=True)
    chosen = [part for code in languages for part in ("--locale", code)]
    command = [sys.executable, "-m", "django", "makemessages", "--no-obsolete", "--verbosity", "0", *chosen]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandError(done.stderr)
