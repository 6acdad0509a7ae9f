"""What this process knows of the site's version stamp."""

import threading
from collections.abc import Callable
from typing import NamedTuple

from django.apps import apps
from django.db import Error, close_old_connections

SECONDS_BETWEEN_LOOKS = 1
# No page is older than this after a commit (DESIGN: freshness).
OLDEST = 2
# Unless the database is away.
OLDEST_ON_ERROR = 30
NEVER = float("-inf")


class Seen(NamedTuple):
    version: int
    # When the last look that saw it began: the version was the site's at least until then.
    at: float


def read_version() -> int:
    """The stamp in the database, asked outside of a request."""
    close_old_connections()
    return int(apps.get_model("events", "SiteStamp").objects.current())


class Stamp:
    """Looks at most once a second; one thread looks, the others go on with what is known."""

    def __init__(self, read: Callable[[], int], clock: Callable[[], float]) -> None:
        self.read, self.clock = read, clock
        self.latest = self.former = Seen(-1, NEVER)
        self.failed_at = NEVER
        self.looking = threading.Lock()

    def is_known(self) -> bool:
        """Whether `latest` is not too old, looking again if it is time to."""
        age = self.clock() - self.latest.at
        if age <= SECONDS_BETWEEN_LOOKS:
            return True
        is_late = age > OLDEST
        if not self.looking.acquire(blocking=is_late, timeout=SECONDS_BETWEEN_LOOKS if is_late else -1):
            return not is_late
        try:
            self._look()
        finally:
            self.looking.release()
        return self.clock() - self.latest.at <= OLDEST

    def _look(self) -> None:
        """Read the version, unless another thread has just done so or failed."""
        now = self.clock()
        if now - max(self.latest.at, self.failed_at) <= SECONDS_BETWEEN_LOOKS:
            return
        try:
            version = self.read()
        except Error:
            self.failed_at = now
            return
        if version != self.latest.version:
            self.former = self.latest
        self.latest = Seen(version, now)

    def age(self, version: int) -> float:
        """How many seconds ago *version* was known to be the site's."""
        return self.clock() - max(seen.at if seen.version == version else NEVER for seen in (self.latest, self.former))
