"""The post office asks upward: each room registers its letters here and is asked when a mail is about to leave."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from outbox.models import Delivery


class Own(str):
    """A piece that is one reader's alone, such as a line with a link: it is not kept."""


class Pieced(str):
    """A text that remembers the pieces it was joined from, each of whole lines: those that many mails have in common
    are encoded once."""

    pieces: tuple[str, ...]

    @classmethod
    def join(cls, pieces: Iterable[str]) -> "Pieced":
        """Each piece but the last ends with a line break."""
        kept = tuple(pieces)
        text = cls("".join(kept))
        text.pieces = kept
        return text


@dataclass(frozen=True)
class Attachment:
    filename: str
    content: bytes
    mimetype: str


@dataclass(frozen=True)
class CalendarPart:
    """What a calendar program takes from the mail by itself: iCalendar text, and what it asks for (RFC 6047)."""

    method: str
    text: str


@dataclass(frozen=True)
class Letter:
    """A finished mail: one line of subject, plain text, HTML, and the headers beyond the usual ones."""

    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    calendar: CalendarPart | None = None


# The deliveries that are no longer wanted, with a short reason code for each ("event cancelled").
Unwanted = Callable[[list[Delivery]], dict[int, str]]
# A letter, or what makes it when its mail is the next one, while both servers are busy: that must not ask the database.
Made = Letter | Callable[[], Letter]
# The letter of each delivery, by its id. A delivery that is missing counts as a failed attempt.
Render = Callable[[list[Delivery]], Mapping[int, Made]]


@dataclass(frozen=True)
class Kind:
    name: str
    unwanted: Unwanted
    render: Render
    # Somebody waits for it right now (a code): tried even where an earlier mail was refused.
    is_asked_for: bool

    def letters_to(self, deliveries: list[Delivery]) -> dict[int, Letter]:
        """All of them at once, for whoever wants to read them."""
        return {pk: finished(made) for pk, made in self.render(deliveries).items()}


def finished(made: Made) -> Letter:
    return made() if callable(made) else made


_kinds: dict[str, Kind] = {}


def register(name: str, *, unwanted: Unwanted, render: Render, is_asked_for: bool = False) -> None:
    """Called once per letter from a room's AppConfig.ready(). Raises ValueError if the name is taken."""
    if name in _kinds:
        raise ValueError(f"the letter {name} is registered twice")
    _kinds[name] = Kind(name, unwanted, render, is_asked_for)


def names() -> list[str]:
    """Every letter that a room has registered."""
    return sorted(_kinds)


def kind(name: str) -> Kind:
    """Raises KeyError for a letter that no room has registered."""
    return _kinds[name]


# Ends what brought a mail that its reader calls unwanted; false if nothing is left to end.
Leave = Callable[[Delivery], bool]
_ways_to_leave: dict[str, Leave] = {}


def register_leaving(name: str, leave: Leave) -> None:
    """Called once per letter that somebody chose to get, from a room's AppConfig.ready()."""
    _ways_to_leave[name] = leave


def leave(delivery: Delivery) -> bool:
    """End what brought this mail; false if there is no such thing."""
    return delivery.letter in _ways_to_leave and _ways_to_leave[delivery.letter](delivery)


def asked_for() -> list[str]:
    """The letters that somebody waits for as soon as they are posted."""
    return [name for name, kind in _kinds.items() if kind.is_asked_for]
