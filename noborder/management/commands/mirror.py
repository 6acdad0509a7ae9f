"""`manage.py mirror`: the public site as plain files (docs/mirror.md)."""

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from noborder.embedded.trouble import Trouble
from noborder.mirror import folder as folders
from noborder.mirror.copying import Copying


class Command(BaseCommand):
    help = (
        "Writes all public pages, feeds and assets to DIR as files with relative links; again, only what changed. "
        "--verify checks such a folder against its signature. --new-key makes a pair of keys."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", metavar="DIR", type=Path, help="a folder of its own")
        parser.add_argument(
            "--key", metavar="FILE", type=Path, help="to sign with; for --verify the public one (FILE.pub)"
        )
        parser.add_argument("--verify", metavar="DIR", type=Path, help="say what in DIR is not as it was signed")
        parser.add_argument(
            "--new-key", metavar="FILE", type=Path, help="write a key to FILE, and its public one beside"
        )

    def handle(
        self,
        *,
        folder: Path | None,
        key: Path | None,
        verify: Path | None,
        new_key: Path | None,
        **_options: Any,
    ) -> None:
        try:
            if new_key:
                self.new_key(new_key)
            elif key is None:
                raise Trouble("With which key? --key FILE; manage.py mirror --new-key FILE makes one.")
            elif verify:
                self.verify(verify, key)
            elif folder:
                self.copy(folder, key)
            else:
                raise Trouble("Say where to write the mirror: manage.py mirror DIR --key FILE")
        except Trouble as trouble:
            raise CommandError(str(trouble)) from None

    def new_key(self, path: Path) -> None:
        public = folders.write_keys(path)
        self.stdout.write(f"Sign with {path}; give {public} to those who verify.")

    def verify(self, path: Path, key: Path) -> None:
        found = folders.faults(path, folders.verifying_key(key))
        if found:
            raise Trouble("\n".join(found))
        told = folders.read_list(path)
        self.stdout.write(f"{len(told['files'])} files are as signed; copy of {told['made_at']} of {told['site']}.")

    def copy(self, path: Path, key: Path) -> None:
        if key.resolve().is_relative_to(path.resolve()):
            raise Trouble(f"{key} lies in the mirror, for everybody to read. Keep it elsewhere.")
        signing, started = folders.signing_key(key), time.monotonic()
        with folders.opened(path, site=settings.SITE_URL, now=timezone.now()) as target:
            Copying(target).run()
            gone = target.finish(signing)
        seconds = time.monotonic() - started
        self.stdout.write(
            f"{len(target.files)} files, {target.written} written, {gone} removed, in {seconds:.1f} seconds."
        )
