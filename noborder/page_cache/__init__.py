"""Public pages kept as compressed bytes and answered before Django is entered (docs/decisions/0012)."""

from noborder.page_cache.application import PageCache

__all__ = ["PageCache"]
