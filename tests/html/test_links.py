"""A walk over all pages of a small edition, along every link."""

import math
from collections import Counter, defaultdict
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import Resolver404, resolve

from tests.html.reading import Reading
from tests.pages import LANGUAGES, make_edition

pytestmark = pytest.mark.django_db
# Their pages are made for a visitor, and people log in by them: reached, not walked through.
ROOMS = ("/organise/", "/moderation/", "/accounts/", "/admin/", "/mailbox/")
# Drawn by a worker: asked for once of each kind, and not waited for.
MADE_LATER = (".pdf", ".png")
ACCEPTED = 202
# They hold the same links; that their pages are there, test_valid.py sees.
OTHER_LANGUAGES = {f"/{language}/" for language in LANGUAGES} - {"/en/"}
# Links that lead from one kind of page to another are followed so many times in the short run: a hundred and fifty
# countries and sixty protests look alike.
OF_A_KIND = 8


def kind_of(address: str) -> str:
    """The view that answers there and the names in the query; of what nobody answers, the address itself."""
    parts = urlsplit(address)
    try:
        return " ".join([resolve(parts.path).view_name, *sorted(parse_qs(parts.query))])
    except Resolver404:
        return address


class Walk:
    """All that can be reached from the English landing page."""

    home = "/en/"

    def __init__(self, client: Client, *, of_a_kind: float) -> None:
        self.client = client
        self.of_a_kind = of_a_kind
        self.kinds: Counter[tuple[str, str]] = Counter()
        self.pages: dict[str, Reading] = {}
        self.faults: list[str] = []
        self.drawn: set[str] = set()
        self.fragments: list[tuple[str, str, str]] = []
        seen, waiting = {self.home}, [(self.home, "")]
        while waiting:
            address, found_on = waiting.pop()
            for link in self.visit(address, found_on):
                if link not in seen and self.is_new(address, link):
                    seen.add(link)
                    waiting.append((link, address))

    def is_new(self, address: str, link: str) -> bool:
        """Whether few links were followed yet from such a page to such a page."""
        kind = kind_of(address), kind_of(link)
        self.kinds[kind] += 1
        return self.kinds[kind] <= self.of_a_kind

    def visit(self, address: str, found_on: str) -> list[str]:
        """Look at one address; gives where a page of this language leads."""
        response = self.client.get(address, follow=True)
        is_later = urlsplit(address).path.endswith(MADE_LATER) and response.status_code == ACCEPTED
        if response.status_code != 200 and not is_later:
            self.faults.append(f"{address} on {found_on}: {response.status_code}")
        if not response.headers["Content-Type"].startswith("text/html") or is_later:
            return []
        reading = self.pages[address] = Reading.of(response.content.decode())
        at = response.redirect_chain[-1][0] if response.redirect_chain else address
        if not at.startswith(self.home):
            return []
        return [link for href in reading.links if (link := self.followed(href, address, at))]

    def followed(self, href: str, address: str, at: str) -> str:
        """The address of a link on this site, its fragment noted for later; nothing for others."""
        target, fragment = urldefrag(urljoin(settings.SITE_URL + at, href))
        parts = urlsplit(target)
        if f"{parts.scheme}://{parts.netloc}" != settings.SITE_URL:
            return ""
        if parts.path.startswith(settings.STATIC_URL):
            if not finders.find(parts.path.removeprefix(settings.STATIC_URL)):
                self.faults.append(f"{parts.path} on {address}: no such file")
            return ""
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        if parts.path[:4] in OTHER_LANGUAGES or parts.path.startswith(ROOMS) or self.is_drawn_again(parts.path):
            return ""
        if fragment:
            self.fragments.append((address, address if path == at else path, fragment))
        return path

    def is_drawn_again(self, path: str) -> bool:
        """Whether a sheet of this kind was asked for already."""
        kind = path.rpartition("/")[2]
        known = kind in self.drawn
        if kind.endswith(MADE_LATER):
            self.drawn.add(kind)
        return known


def test_every_link_leads_somewhere_and_every_page_says_what_it_is(client: Client, is_long: bool) -> None:
    make_edition()
    walk = Walk(client, of_a_kind=math.inf if is_long else OF_A_KIND)
    assert len(walk.pages) > 100
    assert not walk.faults, "\n".join(walk.faults)
    missing = [
        f"#{fragment} on {address}, a link to {target}"
        for address, target, fragment in walk.fragments
        if target in walk.pages and fragment not in walk.pages[target].ids
    ]
    assert not missing, "\n".join(missing)
    titles = defaultdict(set)
    for address, page in walk.pages.items():
        path, query = urlsplit(address).path, parse_qs(urlsplit(address).query)
        assert page.headings == 1, f"{address} has {page.headings} first headings"
        assert page.language == query.get("lang", [path.split("/")[1] if path[3:4] == "/" else "en"])[0], address
        if path.startswith(walk.home):
            titles[page.title].add(path)
    assert {title: paths for title, paths in titles.items() if len(paths) > 1} == {}
