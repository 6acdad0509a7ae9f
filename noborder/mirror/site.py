"""The site as a stranger sees it: what may be mirrored, and what it answers."""

import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.handlers.wsgi import WSGIHandler
from django.urls import Resolver404, ResolverMatch, URLPattern, get_resolver, resolve, reverse
from django.utils import translation
from django.utils.translation import get_language_from_path

from events import sitemap
from events.models import Print
from events.prints.sheets import Kind, Sheet
from events.views.pages import is_cacheable
from noborder.mirror.links import Address

# The sheets behind the names of their addresses: as they are, and with `?size=a3`.
SHEETS = {
    "poster": (Kind.POSTER_A4, Kind.POSTER_A3),
    "leaflet": (Kind.LEAFLET, Kind.LEAFLET),
    "card": (Kind.CARD, Kind.CARD),
    "country_poster": (Kind.COUNTRY_A4, Kind.COUNTRY_A3),
    "country_card": (Kind.COUNTRY_CARD, Kind.COUNTRY_CARD),
    "campaign_card": (Kind.COUNTRY_CARD, Kind.COUNTRY_CARD),
}
# Made for search engines, who are to find the live site.
NOT_FOR_READERS = "sitemap"
CSS_URL = re.compile(r"""url\(["']?([^"')?#]+)""")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def is_public(self) -> bool:
        """Whether it is for everybody, whatever its address promised."""
        is_shared = self.headers.get("cache-control", "").startswith("public")
        return self.status == 200 and is_shared and "set-cookie" not in self.headers

    @property
    def is_page(self) -> bool:
        return self.headers.get("content-type", "").startswith("text/html")


class Site:
    def __init__(self) -> None:
        self.handler = WSGIHandler()
        self.printed = set(Print.objects.filter(data__isnull=False).values_list("sheet", flat=True))
        self.pages = sitemap.pages()
        # Pages name their neighbours, and those theirs: only countries where something happens are followed.
        matches = [_match(f"/en/{page.path}") for page in self.pages]
        self.countries = {match.kwargs["country"] for match in matches if match and "country" in match.kwargs}

    def starts(self) -> Iterator[Address]:
        """Every public page without a part that varies, from the URLconf, and every page of the sitemap."""
        for language in settings.COMPLETE_LANGUAGES:
            with translation.override(language):
                for name in self._plain_names():
                    yield Address(reverse(name))
        pages = list(self.pages)
        for part in sitemap.parts()[1:]:
            pages += sitemap.protests(int(re.sub(r"\D", "", part.path)))
        for page in pages:
            for language in settings.COMPLETE_LANGUAGES:
                yield Address(f"/{language}/{page.path}")

    def _plain_names(self) -> list[str]:
        def walk(patterns: list[Any], space: str) -> Iterator[str]:
            for pattern in patterns:
                if isinstance(pattern, URLPattern):
                    if is_cacheable(pattern.callback) and not pattern.pattern.converters:
                        yield f"{space}{pattern.name}"
                elif not pattern.pattern.converters:
                    yield from walk(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else space)

        return [name for name in walk(get_resolver().url_patterns, "") if not name.startswith(NOT_FOR_READERS)]

    def has(self, address: Address) -> bool:
        """Whether the address is for everybody, as far as can be told without asking for it."""
        match = _match(address.path)
        if match is None or (match.url_name or "").startswith(NOT_FOR_READERS):
            return False
        if _is_sheet(match):
            return self._is_printed(match, address)
        if match.kwargs.get("country") not in {None, *self.countries}:
            return False
        return match.url_name == "picture" or is_cacheable(match.func)

    def _is_printed(self, match: ResolverMatch, address: Address) -> bool:
        """Whether it is drawn as it should look now. What never was drawn would be asked for by asking."""
        kind = SHEETS[str(match.url_name)][bool(address.query)]
        subject = match.kwargs.get("public_id") or match.kwargs.get("country") or ""
        name = Sheet(kind, get_language_from_path(address.path) or "", subject).name
        return name in self.printed and self.get(address).is_public

    def get(self, address: Address) -> Answer:
        site = urlsplit(settings.SITE_URL)
        said: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> Any:
            said["status"], said["headers"] = status, {name.lower(): value for name, value in headers}

        environ = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": address.path,
            "QUERY_STRING": address.query,
            "SERVER_NAME": site.hostname,
            "SERVER_PORT": str(site.port or (443 if site.scheme == "https" else 80)),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": site.netloc,
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": site.scheme,
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
        }
        if settings.SECURE_PROXY_SSL_HEADER:
            environ |= dict([settings.SECURE_PROXY_SSL_HEADER])
        response = self.handler(environ, start_response)
        try:
            body = b"".join(response)
        finally:
            response.close()
        return Answer(int(said["status"].split()[0]), said["headers"], body)


def _is_sheet(match: ResolverMatch) -> bool:
    return match.namespace == "events" and match.url_name in SHEETS


def _match(path: str) -> ResolverMatch | None:
    with translation.override(get_language_from_path(path) or "en"):
        try:
            return resolve(path)
        except Resolver404:
            return None


def static_file(path: str) -> Path | None:
    """A file of ours below STATIC_URL."""
    name = path.removeprefix(settings.STATIC_URL)
    gathered = Path(settings.STATIC_ROOT) / name
    found = gathered if gathered.is_file() else finders.find(name)
    return Path(str(found)) if found else None


def used_by_style(path: str, style: bytes) -> list[Address]:
    """What a style sheet loads: fonts."""
    found = CSS_URL.findall(style.decode())
    return [Address.of(urljoin(path, url)) for url in found if not url.startswith(("data:", "http"))]
