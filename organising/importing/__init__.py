"""Files with many protests: read (tables.py, calendars.py), then looked through row by row by the form that everybody
fills in (dry_run.py). Nothing here saves a protest."""

from organising.importing.dry_run import Row, look_through
from organising.importing.reading import MOST_ROWS, Unreadable

__all__ = ["MOST_ROWS", "Row", "Unreadable", "look_through"]
