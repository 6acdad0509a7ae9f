"""R21: mail scanners open every link of a mail, some of them twice and with HEAD. Nothing changes by that; one POST
of the reader's mail program does (RFC 8058)."""

from collections import Counter
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve

from moderation.examples import examples_in
from tests.letters import Seen, seen
from tests.security.rows import checksum

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


def paths_in(letters: list[Seen]) -> dict[str, str]:
    """The address of every link and of every header that holds one, with the first letter that has it."""
    found: dict[str, str] = {}
    for letter in letters:
        one_click = str(letter.message["List-Unsubscribe"] or "").strip(" <>")
        for url in sorted({*letter.links, *letter.links_in_text, one_click} - {""}):
            parts = urlsplit(url)
            assert f"{parts.scheme}://{parts.netloc}" == settings.SITE_URL
            found.setdefault(f"{parts.path}?{parts.query}".rstrip("?") or "/", letter.name)
    return found


def one_of_each(paths: dict[str, str], most: int) -> dict[str, str]:
    """At most so many addresses of one view: they differ in their token."""
    seen_of: Counter[str] = Counter()
    kept = {}
    for path, letter in paths.items():
        view = resolve(urlsplit(path).path).view_name
        seen_of[view] += 1
        if seen_of[view] <= most:
            kept[path] = letter
    return kept


def test_what_scanners_do_with_the_links_of_every_mail_changes_nothing(is_long: bool) -> None:
    """They open them, twice, and some send the forms behind them: without the page's token."""
    paths = one_of_each(paths_in([seen(example, "en") for example in examples_in("en")]), 99 if is_long else 1)
    before = checksum()
    failed = {}
    for path, letter in paths.items():
        for method in ("get", "head", "get", "head"):
            response = getattr(Client(), method)(path)
            # Rooms ask for a log-in; the one-click address answers POST alone; what an example tells of may be over.
            if response.status_code not in {200, 302, 404, 405, 410}:
                failed[letter] = (method, path, response.status_code)
        if "one-click" not in path:
            response = Client(enforce_csrf_checks=True).post(path)
            if response.status_code not in {302, 403, 404, 405, 410}:
                failed[letter] = ("post", path, response.status_code)

    assert failed == {}
    assert checksum() == before
    assert len(paths) > 20

    one_click = [path for path in paths if "one-click" in path]
    done = [Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"}) for path in one_click]
    assert {response.status_code for response in done} == {200}
    assert not [response for response in done if response.cookies]
    assert checksum() != before
