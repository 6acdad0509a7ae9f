"""All letters of the site in all languages, built once for the tests that look at them."""

import functools
import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser

from django.conf import settings
from django.db import transaction

from moderation.examples import Example, examples_in
from outbox.messages import message_of

URL = re.compile(r"https?://[^\s<>\"]+")


class Tags(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def of(self, *names: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.found if tag in names]


@dataclass(frozen=True)
class Seen:
    """A letter as its reader's program finds it."""

    example: Example
    language: str
    raw: bytes
    message: EmailMessage

    @property
    def name(self) -> str:
        return f"{self.language}/{self.example.key}"

    @functools.cached_property
    def parts(self) -> dict[str, str]:
        bodies = {kind: self.message.get_body((kind,)) for kind in ("plain", "html")}
        return {kind: str(body.get_content()) if body else "" for kind, body in bodies.items()}

    def part(self, kind: str) -> str:
        return self.parts[kind]

    @functools.cached_property
    def tags(self) -> Tags:
        return Tags(self.part("html"))

    @functools.cached_property
    def links(self) -> set[str]:
        return {attributes["href"] for attributes in self.tags.of("a")}

    @functools.cached_property
    def links_in_text(self) -> set[str]:
        return {url.rstrip(".,:;)") for url in URL.findall(self.part("plain"))}


def seen(example: Example, language: str) -> Seen:
    raw = message_of(example.delivery, example.letter).content
    # A parser that forgives nothing.
    return Seen(example, language, raw, BytesParser(EmailMessage, policy=policy.strict).parsebytes(raw))


# Read with every case of every letter in each run; of the others, one case of each letter unless it is a long one.
READ_WHOLE = ("en", "uk")


@functools.cache
def letters_in(language: str, keys: frozenset[str] = frozenset()) -> list[Seen]:
    """Needs the database; leaves nothing in it."""
    with transaction.atomic():
        found = [seen(example, language) for example in examples_in(language, keys)]
        transaction.set_rollback(True)
    return found


def all_letters(*, is_long: bool) -> list[Seen]:
    firsts = {letter.example.delivery.letter: letter.example.key for letter in reversed(letters_in("en"))}
    some = frozenset() if is_long else frozenset(firsts.values())
    return [
        letter
        for code in settings.COMPLETE_LANGUAGES
        for letter in letters_in(code, frozenset() if code in READ_WHOLE else some)
    ]
