"""What a browser sends along with a form for strangers."""

import uuid
from datetime import timedelta

import time_machine
from django.utils import timezone

from events.forms.guarded import _stamp


def stamp(*, seconds_ago: int = 60) -> str:
    """The hidden field of a form that was opened so long ago."""
    with time_machine.travel(timezone.now() - timedelta(seconds=seconds_ago), tick=False):
        return _stamp.sign("form")


def guards() -> dict[str, str]:
    """The hidden fields of a form that somebody took a minute to fill in."""
    return {"nickname": "", "key": str(uuid.uuid4()), "started": stamp()}
