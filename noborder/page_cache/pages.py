"""Finished pages in memory, up to so many bytes; the one that was asked for longest ago goes first."""

import threading
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakValueDictionary

import brotli

Key = tuple[str, str, str]
Headers = list[tuple[str, str]]

# Of headers, key and Python's own bookkeeping.
OVERHEAD = 2048
# The best that still takes less time than making the page.
BROTLI_QUALITY, GZIP_LEVEL = 5, 6
GZIP_WINDOW = 16 + zlib.MAX_WBITS
COMPRESSIBLE = (
    "text/",
    "application/json",
    "application/feed+json",
    "application/xml",
    "application/atom+xml",
    "image/svg+xml",
)
# All that a 304 has to repeat.
REPEATED = {"cache-control", "etag", "vary", "cross-origin-resource-policy"}


@lru_cache(maxsize=512)
def best_encoding(accepted: str) -> str:
    """The smallest encoding that an Accept-Encoding header takes."""
    offers = {}
    for offer in accepted.lower().split(","):
        name, _semicolon, quality = offer.partition(";")
        offers[name.strip()] = quality.replace(" ", "")
    refused = {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return next((name for name in ("br", "gzip") if offers.get(name, "q=0") not in refused), "identity")


def compressed(body: bytes, encoding: str) -> bytes:
    """*body* in *encoding*, always the same for the same page."""
    if encoding == "br":
        return bytes(brotli.compress(body, quality=BROTLI_QUALITY))
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, GZIP_WINDOW)
    return packer.compress(body) + packer.flush()


@dataclass(frozen=True, slots=True)
class Page:
    """One page in one encoding, ready to be sent."""

    version: int
    headers: Headers
    body: bytes
    etag: str

    @property
    def headers_of_304(self) -> Headers:
        return [(name, value) for name, value in self.headers if name.lower() in REPEATED]


def finished(headers: Headers, body: bytes, *, encoding: str, version: int) -> Page:
    """What Django answered, compressed if that helps."""
    said = {name.lower(): value for name, value in headers}
    etag = said["etag"]
    vary = [part.strip() for part in said.get("vary", "").split(",") if part.strip()]
    if "accept-encoding" not in {part.lower() for part in vary}:
        vary.append("Accept-Encoding")
    added = [("Vary", ", ".join(vary))]
    if encoding != "identity" and said.get("content-type", "").startswith(COMPRESSIBLE):
        body = compressed(body, encoding)
        # Weak: these are not the bytes that the tag was made for (RFC 9110, 8.8.3.3).
        etag = etag if etag.startswith("W/") else f"W/{etag}"
        added.append(("Content-Encoding", encoding))
    added += [("ETag", etag), ("Content-Length", str(len(body)))]
    replaced = {"vary", "etag", "content-length"}
    kept = [(name, value) for name, value in headers if name.lower() not in replaced]
    return Page(version, [*kept, *added], body, etag.removeprefix("W/"))


class Turns:
    """A lock for each page, held by whoever makes it; it lives as long as somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Key, threading.Lock] = WeakValueDictionary()
        self._lock = threading.Lock()

    def of(self, key: Key) -> threading.Lock:
        with self._lock:
            return self._locks.setdefault(key, threading.Lock())


class Pages:
    """Pages by key, most lately asked for last."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.size = 0
        self._pages: OrderedDict[Key, Page] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Page | None:
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def keep(self, key: Key, page: Page) -> None:
        with self._lock:
            self._drop(key)
            self._pages[key] = page
            self.size += _weight(page)
            while self.size > self.budget:
                self._drop(next(iter(self._pages)))

    def drop(self, key: Key) -> None:
        with self._lock:
            self._drop(key)

    def _drop(self, key: Key) -> None:
        page = self._pages.pop(key, None)
        if page is not None:
            self.size -= _weight(page)


def _weight(page: Page) -> int:
    return len(page.body) + OVERHEAD
