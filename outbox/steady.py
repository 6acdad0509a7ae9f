"""Whether the clock of this machine has jumped. At a wrong time mails leave too early or are dropped as too late,
places are disclosed and followers forgotten: rather nothing is done until somebody has looked."""

import time
from pathlib import Path

LARGEST_STEP = 15 * 60
# How long the machine runs, also while it sleeps: nobody can set it.
UPTIME = Path("/proc/uptime")


def _running() -> float:
    return float(UPTIME.read_text().split()[0]) if UPTIME.exists() else time.monotonic()


class Watch:
    """Small steps are followed, as often as they come; after a large one nothing is trusted until the clock is back or
    the process is started anew."""

    def __init__(self) -> None:
        self._offset = time.time() - _running()

    @property
    def has_jumped(self) -> bool:
        offset = time.time() - _running()
        if abs(offset - self._offset) > LARGEST_STEP:
            return True
        self._offset = offset
        return False
