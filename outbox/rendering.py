"""From templates to a letter, and from a letter to the bytes for the mail server."""

import re
import secrets
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, is_dataclass, replace
from datetime import date
from html import escape
from itertools import groupby
from typing import Any

from django.conf import settings
from django.template import Context, Engine
from django.utils import translation
from django.utils.functional import Promise

from outbox.letters import CalendarPart, Letter, Own, Pieced

# Line breaks of every kind and other control characters: Django refuses some of them when the message is built, and a
# mail that cannot be built would be lost (SECURITY R13).
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b\ufeff\u202a-\u202e\u2066-\u2069]+")

_LINES = re.compile(r"[^\n]*\n|[^\n]+")

# Stands in a kept text where a reader's own link belongs; nobody can write it into a title.
_MARK = secrets.token_hex(16)
_BLANK = f"{_MARK}-{{}}-"
_MOST_KEPT = 500
_kept: dict[Hashable, "Draft"] = {}


def one_line(text: str) -> str:
    """*text* without line breaks, control characters and direction overrides."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(_CONTROL.sub(" ", text).split())


def render_letter(
    name: str,
    context: Mapping[str, Any],
    language: str,
    *,
    links: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    calendar: CalendarPart | None = None,
) -> Letter:
    """The letter of templates/emails/<name>/ in *language*; headers such as List-Unsubscribe are the caller's. What is
    each reader's own stands in *links*, such as `manage_url` and `leave_url`, which the bases show."""
    links = {name: link for name, link in (links or {}).items() if link}
    return render_draft(name, context, language, links=links).filled(links, headers=headers, calendar=calendar)


@dataclass(frozen=True)
class Draft:
    """A letter that many readers share, with blanks where the links of each of them belong."""

    letter: Letter
    text: tuple[str, ...]
    html: tuple[str, ...]

    @classmethod
    def of(cls, letter: Letter) -> "Draft":
        return cls(letter, _cut(letter.text), _cut(letter.html))

    def filled(
        self,
        links: Mapping[str, str],
        *,
        headers: Mapping[str, str] | None = None,
        calendar: CalendarPart | None = None,
    ) -> Letter:
        in_text = {_BLANK.format(name): link for name, link in links.items()}
        in_html = {blank: escape(link) for blank, link in in_text.items()}
        return replace(
            self.letter,
            text=_fill(self.text, in_text),
            html=_fill(self.html, in_html),
            headers=headers or {},
            calendar=calendar,
        )


def _cut(text: str) -> tuple[str, ...]:
    """In pieces, of which those with blanks are a line each."""
    by_kind = groupby(_LINES.findall(text), key=lambda line: _MARK in line)
    return tuple(piece for is_own, lines in by_kind for piece in (lines if is_own else ["".join(lines)]))


def _fill(pieces: tuple[str, ...], blanks: Mapping[str, str]) -> Pieced:
    return Pieced.join(Own(_filled(piece, blanks)) if _MARK in piece else piece for piece in pieces)


def _filled(line: str, blanks: Mapping[str, str]) -> str:
    for blank, link in blanks.items():
        line = line.replace(blank, link)
    return line


def render_draft(name: str, context: Mapping[str, Any], language: str, *, links: Collection[str]) -> Draft:
    """What all readers of the same share; made once if there are *links* to fill in."""
    everything = {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, "language": language, **context}
    if links:
        return _with_blanks(name, everything, language, sorted(links))
    return Draft.of(_rendered(name, everything, language))


def _rendered(name: str, context: dict[str, Any], language: str) -> Letter:
    with translation.override(language):
        return Letter(
            subject=one_line(_render(f"emails/{name}/subject.txt", context)),
            text=_tidy(_render(f"emails/{name}/body.txt", context)),
            html=_render(f"emails/{name}/body.html", context),
        )


def _with_blanks(name: str, context: dict[str, Any], language: str, links: list[str]) -> Draft:
    """From memory, if the same was asked for before."""
    everything = context | {link: _BLANK.format(link) for link in links}
    try:
        key = (name, _frozen(everything))
    except TypeError:
        return Draft.of(_rendered(name, everything, language))
    if key not in _kept:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[key] = Draft.of(_rendered(name, everything, language))
    return _kept[key]


def _frozen(value: Any) -> Hashable:
    """What two values have in common only if they are shown alike. Raises TypeError for what may change behind its
    back, such as a row of the database."""
    kind = type(value)
    if kind is str:
        return str(value)
    if isinstance(value, dict):
        return (*value, *map(_frozen, value.values()))
    if isinstance(value, list | tuple):
        return tuple(map(_frozen, value))
    if is_dataclass(value):
        return kind, _frozen(vars(value))
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, str | int | float | date | None):
        return kind, value
    raise TypeError(kind)


def _render(template: str, context: dict[str, Any]) -> str:
    """Only HTML is escaped: a plain text says "&", not "&amp;"."""
    is_html = template.endswith(".html")
    return Engine.get_default().get_template(template).render(Context(context, autoescape=is_html))


def _tidy(text: str) -> str:
    """Plain text with at most one empty line in a row and no trailing blanks, but for the mark of a signature."""
    lines = "\n".join(line if line == "-- " else line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"
