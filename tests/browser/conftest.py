"""The small edition of tests/pages.py, for a browser."""

import pytest

from tests.pages import FORMS, PAGES, filled, make_edition


@pytest.fixture
def edition(db: None) -> dict[str, str]:
    """The names that stand in the addresses of a small edition."""
    return make_edition()


@pytest.fixture
def paths(edition: dict[str, str]) -> dict[str, str]:
    """The addresses of all public pages."""
    return filled(PAGES | FORMS, edition)
