"""`manage.py lint`: everything that can be checked without running the site."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from noborder.embedded import tools
from noborder.embedded.environment import new_key, process_environment
from noborder.embedded.places import CHECKOUT
from noborder.embedded.trouble import Trouble

MANAGE = [sys.executable, "manage.py"]


class Command(BaseCommand):
    help = "Checks style, types, imports, templates, migrations, translations, safety and the production settings."
    requires_system_checks: list[str] = []

    def handle(self, **_options: Any) -> None:
        try:
            tools.require(tools.FOR_LINT)
        except Trouble as trouble:
            raise CommandError(str(trouble)) from None
        environ = process_environment(like_production())
        failed = [name for name, command in steps().items() if not self.passes(name, command, environ)]
        if failed:
            raise CommandError(f"{len(failed)} failed: {', '.join(failed)}")

    def passes(self, name: str, command: list[str], environ: dict[str, str]) -> bool:
        """Run one step; one line when it passes, and what it says when it does not."""
        done = subprocess.run(
            command, cwd=CHECKOUT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        self.stdout.write(f"{name:<14} {'failed' if done.returncode else 'ok'}")
        if done.returncode:
            self.stdout.write(done.stdout)
        return done.returncode == 0


def steps() -> dict[str, list[str]]:
    """The commands, by name."""
    pages = sorted(str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "templates").rglob("*.html"))
    tool = Path(sys.executable).parent
    return {
        "style": [str(tool / "ruff"), "check", "--quiet", "."],
        "format": [str(tool / "ruff"), "format", "--check", "--quiet", "."],
        "templates": [str(tool / "djade"), "--check", *pages],
        "markup": [str(tool / "djlint"), "--lint", "--quiet", "templates"],
        "imports": [str(tool / "lint-imports")],
        # A cache of its own: one made by the mypy of another environment tells of packages that lack only there.
        "types": [str(tool / "mypy"), "--no-error-summary", "--cache-dir", ".mypy_cache/lint", "."],
        "migrations": [*MANAGE, "makemigrations", "--check", "--dry-run"],
        "translations": [*MANAGE, "translations"],
        "audit": [*MANAGE, "audit"],
        "deploy": [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"],
    }


def like_production() -> dict[str, str]:
    """Settings as on a server; nothing here connects to one."""
    return {
        "NOBORDER_MODE": "production",
        "SECRET_KEY": new_key() + new_key(),
        "SEAL_KEYS": f"k1:{new_key()}",
        "HASH_KEY": new_key(),
        "SITE_URL": "https://noborder.example",
        "DATABASE_URL": "postgresql://noborder@127.0.0.1:1/noborder",
        "REDIS_URL": "redis://127.0.0.1:1",
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "BEHIND_PROXY": "1",
        "STATIC_ROOT": os.devnull,
    }
