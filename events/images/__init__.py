"""Uploaded pictures. Used for protests; whatever else takes pictures uses the same four functions."""

from events.images.keeping import Refused, check, read, receive
from events.images.originals import Unavailable

__all__ = ["Refused", "Unavailable", "check", "read", "receive"]
