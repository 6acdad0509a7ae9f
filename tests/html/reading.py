"""What a page says of itself, and where it leads."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self

LEADS = {
    "a": "href",
    "link": "href",
    "img": "src",
    "iframe": "src",
    "script": "src",
    "form": "action",
    "object": "data",
}


@dataclass
class Reading(HTMLParser):
    """The parts of a page that the walk over all links compares."""

    language: str = ""
    title: str = ""
    headings: int = 0
    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._is_title = False

    @classmethod
    def of(cls, html: str) -> Self:
        reading = cls()
        reading.feed(html)
        reading.close()
        return reading

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        if tag == "html":
            self.language = values.get("lang", "")
        self.headings += tag == "h1"
        # Pictures inside the page have titles of their own.
        self._is_title = tag == "title" and not self.title
        if "id" in values:
            self.ids.add(values["id"])
        if values.get("method", "get") == "get" and values.get(LEADS.get(tag, "")):
            self.links.append(values[LEADS[tag]])

    def handle_endtag(self, tag: str) -> None:
        self._is_title = self._is_title and tag != "title"

    def handle_data(self, data: str) -> None:
        if self._is_title:
            self.title += data
