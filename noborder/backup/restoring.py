"""A backup back into a database: all of it or nothing, and with the mail on hold from the same moment on."""

import shutil
import subprocess
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, cast

from pyrage.x25519 import Identity

from noborder.backup import secrecy
from noborder.backup.making import check_file
from noborder.backup.programs import Database, Programs
from noborder.embedded.trouble import Trouble

# Of other connections: a site that still runs.
PATIENCE = "30s"
BEGINNING = f"BEGIN; SET LOCAL client_min_messages = warning; SET LOCAL lock_timeout = '{PATIENCE}';\n"
CLEARING = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n"
# The stamp goes far ahead: what caches know of this site's later versions must not look like the restored one.
ENDING = """
    DELETE FROM public.outbox_hold;
    INSERT INTO public.outbox_hold (id, since) VALUES (1, '{now}');
    UPDATE public.events_sitestamp SET version = version + 1000000;
    COMMIT;
"""


def restore(
    path: Path,
    database: Database,
    programs: Programs,
    using: Sequence[Identity],
    *,
    now: datetime,
    is_replacing: bool = False,
) -> None:
    """Read *path* through first, and only then touch the database. Raises Trouble if it is not restored."""
    check_file(path, programs, using)
    reading = [programs["pg_restore"], "--no-owner", "--no-privileges", "--file=-"]
    quietly = ["--no-psqlrc", "--quiet", "--output=/dev/null"]
    stopping = ["--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse"]
    writing = [programs["psql"], *quietly, *stopping, f"--dbname={database.address}"]
    with (
        subprocess.Popen(writing, stdin=subprocess.PIPE, env=database.environment) as writer,
        subprocess.Popen(reading, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader,
    ):
        feeder = Feeder(reader, cast(IO[bytes], writer.stdin), BEGINNING + (CLEARING if is_replacing else ""))
        feeder.start()
        try:
            with path.open("rb") as file, cast(IO[bytes], reader.stdin) as pipe:
                secrecy.decrypt(file, pipe, using)
        except (Trouble, OSError):
            # Without its end there is no commit.
            reader.kill()
        feeder.finish(ENDING.format(now=now.isoformat()))
    if reader.returncode or writer.returncode or not feeder.is_finished:
        raise Trouble("The database was not restored, and is as it was before; the reason is above.")


class Feeder(threading.Thread):
    """Hands on what pg_restore says to psql."""

    def __init__(self, reader: "subprocess.Popen[bytes]", target: IO[bytes], beginning: str) -> None:
        super().__init__(daemon=True)
        self.reader, self.target, self.beginning = reader, target, beginning
        self.is_complete = self.is_finished = False

    def run(self) -> None:
        try:
            self.target.write(self.beginning.encode())
            shutil.copyfileobj(cast(IO[bytes], self.reader.stdout), self.target)
            self.is_complete = True
        except BrokenPipeError:
            self.reader.kill()

    def finish(self, ending: str) -> None:
        """Only what came whole is committed."""
        self.join()
        try:
            if self.reader.wait() == 0 and self.is_complete:
                self.target.write(ending.encode())
                self.target.flush()
                self.is_finished = True
            self.target.close()
        except BrokenPipeError:
            self.is_finished = False
