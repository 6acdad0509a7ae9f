"""Markdown of strangers as HTML that can do no harm: eleven tags, links that show where they lead, no pictures."""

import functools
import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

TAGS = {"a", "blockquote", "br", "em", "h2", "h3", "li", "ol", "p", "strong", "ul"}
SCHEMES = {"http", "https", "mailto"}
BREAKS = {"softbreak", "hardbreak"}


def _level_headings(state: StateCore) -> None:
    """The page has its own headings: those of the text stand below them."""
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = state.env.get("heading", "h3")


def _shown_host(link: Token, inner: list[Token]) -> str:
    """What to add behind a link so that its words cannot hide where it leads."""
    href = str(link.attrGet("href") or "")
    try:
        host = urlsplit(href).hostname or href.removeprefix("mailto:")
    except ValueError:
        host = href
    words = "".join(token.content for token in inner).strip()
    # The host anywhere in the words would do for "myevil.example", or for "good.example/evil.example".
    is_shown = re.match(rf"(?:https?://)?{re.escape(host)}(?:[/?#\s]|$)", words, re.IGNORECASE)
    return "" if is_shown else f" ({host})"


def _show_hosts(state: StateCore) -> None:
    for block in state.tokens:
        children: list[Token] = []
        opened = 0
        for token in block.children or []:
            children.append(token)
            if token.type == "link_open":
                opened = len(children)
            elif token.type == "link_close" and opened:
                host = _shown_host(children[opened - 1], children[opened:-1])
                children.append(Token("text", "", 0, content=host))
        block.children = children


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(["image", "code", "fence"])
    parser.core.ruler.push("level_headings", _level_headings)
    parser.core.ruler.push("show_hosts", _show_hosts)
    return parser


_PARSER = _parser()


def as_html(text: str, *, heading: str = "h3") -> SafeString:
    """*text* as sanitised HTML, all its headings of one level."""
    clean = nh3.clean(
        _PARSER.render(text, {"heading": heading}),
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes=SCHEMES,
        link_rel="nofollow noopener",
    )
    # The one place where HTML made from what people typed is trusted: nh3 has just cleaned it.
    return SafeString(clean)


@functools.lru_cache(maxsize=4096)
def as_plain_text(text: str) -> str:
    """*text* without its marks, for calendars and summaries. Kept, since each feed asks again for each protest; so
    many at most are some megabytes."""
    lines = "\n".join(_words(_PARSER.parse(text))).splitlines()
    return "\n".join(line for line in lines if line.strip())


def _words(blocks: Iterable[Token]) -> Iterator[str]:
    """What stands in each block, as a browser would show it; lines end where they ended."""
    for block in blocks:
        if block.type == "inline":
            yield "".join("\n" if word.type in BREAKS else word.content for word in block.children or [])
