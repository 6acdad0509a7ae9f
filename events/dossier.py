"""What is known about the IOM: claims from data/iom_facts.json, each with its source, year and kind; translated in
data/iom_facts.<language>.json."""

import functools
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from events.bars import Bar, bars

# The chapters in their order.
TOPICS: dict[str, Promise] = {
    "history": _("History"),
    "membership": _("Members"),
    "programmes": _("Programmes and offices"),
    "returns": _("Returns"),
    "camps": _("Camps"),
    "partners": _("Partners"),
    "critics": _("Critics"),
    "campaign": _("The campaign against it"),
}
# What can be compared: a heading, and the claims whose figures stand side by side.
CHARTS: dict[str, tuple[Promise, dict[str, Promise]]] = {
    "membership": (
        _("Member and observer governments in 2002"),
        {
            "member-governments": _("Members, according to CARF"),
            "member-states-91": _("Members, according to the campaign’s site"),
            "observer-governments": _("Observers, according to CARF"),
        },
    ),
    "programmes": (
        _("Offices in 2002"),
        {"regional-offices": _("Regional offices"), "field-offices": _("Field offices")},
    ),
    "returns": (
        _("People returned"),
        {
            "returned-from-germany": _("From Germany, in 2000"),
            "kosovo-from-netherlands": _("From the Netherlands to Kosovo, in 1999"),
            "britain-pilot": _("From Britain, in the pilot"),
        },
    ),
    "campaign": (
        _("Cities on days of action"),
        {
            "cities-2004": _("31 January 2004"),
            "cities-2005": _("2 April 2005, as announced"),
            "cities-2006": _("7 October 2006"),
        },
    ),
}
# Of a path that is shown.
LONGEST_PATH = 48
_SOURCE = re.compile(r"(?P<name>.*?)(?:, (?P<url>https?://\S+))?")


@dataclass(frozen=True)
class Source:
    name: str
    url: str

    @property
    def host(self) -> str:
        return (urlsplit(self.url).hostname or "").removeprefix("www.")

    @property
    def short_url(self) -> str:
        """Host and end of the address, for eyes: what tells it from others of the same host."""
        path = unquote(urlsplit(self.url).path).strip("/")
        *folders, name = path.split("/")
        return "/".join([self.host, *(["…"] if len(path) > LONGEST_PATH else folders), name])


@dataclass(frozen=True)
class Claim:
    key: str
    topic: str
    text: str
    # English where the reader's language has no translation.
    language: str
    is_criticism: bool
    year: int
    figure: str
    value: int
    source: Source


@dataclass(frozen=True)
class Chapter:
    topic: str
    title: str | Promise
    claims: list[Claim]
    chart_title: str | Promise
    chart: list[Bar]


@functools.cache
def facts() -> list[dict[str, Any]]:
    return list(json.loads((settings.DATA_DIR / "iom_facts.json").read_text("utf-8")))


@functools.cache
def translated(language: str) -> dict[str, str]:
    """The claims in *language*, by their keys; none for English and for a language that nobody has translated."""
    path = settings.DATA_DIR / f"iom_facts.{language}.json"
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def _source(text: str) -> Source:
    found = _SOURCE.fullmatch(text)
    return Source(found["name"], found["url"] or "") if found else Source(text, "")


def _figure(fact: dict[str, Any]) -> str:
    if fact["figure"] is None:
        return ""
    number = str(fact["figure"]) if fact.get("figure_is_year") else str(intcomma(fact["figure"]))
    return f"{fact.get('figure_sign', '')} {number}".strip()


def _claim(fact: dict[str, Any], language: str) -> Claim:
    text = translated(language).get(fact["key"])
    return Claim(
        key=fact["key"],
        topic=fact["topic"],
        text=text or fact["claim"],
        language=language if text else "en",
        is_criticism=fact["kind"] == "criticism",
        year=fact["as_of"],
        figure=_figure(fact),
        value=fact["figure"] or 0,
        source=_source(fact["source"]),
    )


def chapters() -> list[Chapter]:
    """All claims by topic, in the reader's language."""
    language = get_language() or "en"
    claims = [_claim(fact, language) for fact in facts()]
    return [_chapter(topic, [claim for claim in claims if claim.topic == topic]) for topic in TOPICS]


def _chapter(topic: str, claims: list[Claim]) -> Chapter:
    title, labels = CHARTS.get(topic, ("", {}))
    by_key = {claim.key: claim for claim in claims}
    signs = {fact["key"]: fact.get("figure_sign", "") for fact in facts()}
    rows = [(str(label), by_key[key].value, signs[key]) for key, label in labels.items()]
    return Chapter(topic, TOPICS[topic], claims, title, bars(rows))


def sources() -> list[Source]:
    """Every source once, in the order of the claims."""
    return list(dict.fromkeys(_source(fact["source"]) for fact in facts()))
