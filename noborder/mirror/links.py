"""Which file an address of the site has in the mirror, and the links between those files."""

import hashlib
import html
import posixpath
import re
from collections.abc import Callable
from typing import NamedTuple, Self
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

from django.conf import settings

# Parts of a name that no file system and no shell finds strange.
SAFE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
SAFE_VALUE = re.compile(r"[A-Za-z0-9-]{1,40}")
# Queries with a file of their own: one of these, and how far its list is turned. Others are endless.
NAMED = {"lang", "text", "size", "day", "country", "past"}
TURNED = "after"
TAG = re.compile(r"""<[a-zA-Z](?:[^<>"']|"[^"]*"|'[^']*')*>""")
ATTRIBUTE = re.compile(r"""(\s(?:(?:xlink:)?href|src|srcset|action|formaction)=)(?:"([^"]*)"|'([^']*)')""")


class Address(NamedTuple):
    """A path of this site, with its query."""

    path: str
    query: str = ""

    @classmethod
    def of(cls, url: str) -> Self:
        parts = urlsplit(url)
        return cls(parts.path, parts.query)

    def __str__(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def file(self) -> str:
        """Its file, below the mirror's folder; nothing for one that cannot have a file."""
        parts = self.path.removeprefix("/").split("/")
        parts[-1] = parts[-1] or "index.html"
        mark = _mark(self.query)
        if mark is None or not all(SAFE.fullmatch(part) for part in parts):
            return ""
        stem, _dot, ending = parts[-1].rpartition(".")
        parts[-1] = f"{stem}{mark}.{ending}"
        return "/".join(parts)


def _mark(query: str) -> str | None:
    """What the query adds to the name of the file; None if it has none."""
    pairs = parse_qsl(query, keep_blank_values=True)
    named = [name for name, _value in pairs if name != TURNED]
    if len(named) > 1 or not NAMED.issuperset(named) or len(pairs) > len(named) + 1:
        return None
    return "".join(f".{name}-{_short(value)}" for name, value in pairs)


def _short(value: str) -> str:
    return value if SAFE_VALUE.fullmatch(value) else hashlib.sha256(value.encode()).hexdigest()[:20]


# Gives the file of an address, or nothing for one that is only at the live site.
FileOf = Callable[[Address], str]


def relink(page: str, at: Address, file_of: FileOf) -> str:
    """The page with relative links to what is in the mirror, and full ones to the rest. What names the site itself, as
    the canonical address does, stays."""

    def in_tag(tag: re.Match[str]) -> str:
        return ATTRIBUTE.sub(in_attribute, tag[0])

    def in_attribute(found: re.Match[str]) -> str:
        name, value = found[1], html.unescape(found[2] if found[2] is not None else found[3])
        if name.strip().endswith("action="):
            return f'{name}"{html.escape(live(Address.of(urljoin(str(at), value))))}"'
        if name.strip() == "srcset=":
            value = ", ".join(" ".join([link(url), *width]) for url, *width in map(str.split, value.split(",")))
        else:
            value = link(value)
        return f'{name}"{html.escape(value)}"'

    def link(url: str) -> str:
        if not url or url.startswith(("#", "//")) or urlsplit(url).scheme:
            return url
        target, fragment = urldefrag(urljoin(str(at), url))
        address = Address.of(target)
        file = file_of(address)
        there = posixpath.relpath(file, posixpath.dirname(at.file) or ".") if file else live(address)
        return f"{there}#{fragment}" if fragment else there

    return TAG.sub(in_tag, page)


def live(address: Address) -> str:
    return settings.SITE_URL + str(address)
