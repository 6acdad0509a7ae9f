"""What people do on a page in a real browser, together with the wait for the page to which it leads.

A click returns before the browser has begun to leave: whoever asks the page something at once may ask the one before,
or none at all.
"""

from playwright.sync_api import Locator, Page


def go(way: Locator) -> None:
    """Click what leads to another page, and wait until that has come."""
    with way.page.expect_navigation():
        way.click()


def press(page: Page, name: str) -> None:
    """Send a form by its button."""
    go(page.get_by_role("button", name=name, exact=True))


def follow(page: Page, name: str, *, exact: bool = False) -> None:
    """Go where a link leads."""
    go(page.get_by_role("link", name=name, exact=exact))


def overhang(page: Page) -> int:
    """By how many pixels the page is wider than the window, if it is."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def nothing_hangs_over(page: Page) -> None:
    assert overhang(page) <= 0, page.url
