"""How likely two entries tell of one protest: from what they say, without a look at the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import product
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from events.distance import Position, kilometres, position_of
from events.folding import romanise
from events.models import Audience, City, EventDetails

# From this score on two entries are shown as one protest, perhaps. Chosen on one half of the labelled pairs of
# tests/moderation/duplicate_pairs.json, as the lowest at which 95 of 100 hints are right there, and measured on the
# other half (docs/moderators.md).
THRESHOLD = 0.48
NEAR_KM = 5
SAME_SPOT_KM = 0.15
# What counts how much. Two entries of one protest agree on the spot and the hour even when two groups worded them, or
# one group in two languages; two protests of one group have similar words, but not these.
WORDS, SPOT, HOUR, GROUP, LINK, KIND = 0.32, 0.30, 0.22, 0.16, 0.30, 0.06
# Said by both and different: rather two protests.
OTHER_SPOT, OTHER_HOUR, OTHER_DAY = 0.22, 0.18, 0.35
# What is not said is neither for nor against.
UNKNOWN = 0.4
ALIKE = 0.6
# Words that nearly every protest of a day of action has.
_SAID_BY_ALL = """
action against and at border borders day demo demonstration for free freedom from global in international march migrants
migration movement no of on our protest rally solidarity the to we with
aktion am auf bewegungsfreiheit das der die fur gegen grenzen im in kundgebung tag und von zur
a contre de des du et frontieres journee la le les liberte manifestation pour
dla dzien granic marsz na o pikieta przeciw swobody w z za
aktsiya den kordoniv marsh proti svobodi svobodu
"""
COMMON = frozenset(_SAID_BY_ALL.split())


@dataclass(frozen=True)
class Sketch:
    """What is compared of an entry. Its texts are only folded once they are needed: that is the dear part."""

    texts: tuple[tuple[str, str], ...]
    called: frozenset[str]
    group: str
    spots: tuple[str, ...]
    link: str
    day: date
    minute: int | None
    city: int | None
    at: Position | None
    is_exact: bool
    kind: str
    languages: frozenset[str]

    @cached_property
    def title_pieces(self) -> list[frozenset[str]]:
        return [pieces(_without(self.called, title)) for title, _text in self.texts]

    @cached_property
    def words(self) -> list[frozenset[str]]:
        return [words(_without(self.called, f"{title} {text}")) for title, text in self.texts]


@dataclass(frozen=True)
class Likeness:
    """A score from 0 to 1, and what is alike."""

    score: float
    reasons: tuple[str | Promise, ...]

    @property
    def is_suspect(self) -> bool:
        return self.score >= THRESHOLD


def sketch_of(details: EventDetails, now: datetime, audience: Audience = Audience.INSIDER) -> Sketch:
    """All the texts of *details* in all languages, folded into Latin letters, and where and when it is, as far as
    *audience* may know."""
    texts = [{"title": details.title, "description": details.description}, *details.translations.values()]
    place = details.place_for(audience, now)
    start = details.start_time
    called = _called(details.city) if details.city else frozenset()
    return Sketch(
        texts=tuple((text.get("title", ""), text.get("description", "")) for text in texts),
        called=called,
        group=romanise(details.organiser_name),
        spots=tuple(_without(called, spot) for spot in place.spot),
        link=_link_key(details.contact_link),
        day=details.day,
        minute=start.hour * 60 + start.minute if start else None,
        city=details.city_id,
        at=position_of(place),
        is_exact=place.has_position,
        kind=details.kind,
        languages=frozenset({details.language, *details.translations}),
    )


def _called(city: City) -> frozenset[str]:
    """The words of the city's names in all the languages known."""
    names = [city.name, *city.display_names.values()]
    return frozenset(word for name in names for word in romanise(name).split())


def _without(called: frozenset[str], text: str) -> str:
    """*text* in Latin letters, without the name of its city: neighbours have that in common too."""
    return " ".join(word for word in romanise(text).split() if word not in called)


def _link_key(link: str) -> str:
    """The same for links to one page; "" for the front page of a site, which a group has on all its protests."""
    parts = urlsplit(link)
    path = parts.path.rstrip("/")
    return f"{(parts.hostname or '').removeprefix('www.')}{path}?{parts.query}" if path or parts.query else ""


def is_near(one: Sketch, other: Sketch) -> bool:
    """Whether they are in one city or close to each other, as far as each says; both nowhere counts too."""
    if one.city == other.city:
        return True
    return bool(one.at and other.at and kilometres(one.at, other.at) <= NEAR_KM)


def likeness(one: Sketch, other: Sketch) -> Likeness:
    """What speaks for one protest, less what speaks against it."""
    spot, hour, group = _spot(one, other), _hour(one, other), _group(one, other)
    same_link = bool(one.link) and one.link == other.link
    score = GROUP * (UNKNOWN if group is None else group) + LINK * same_link + KIND * _kind(one, other)
    score += _weighed(spot, SPOT, OTHER_SPOT) + _weighed(hour, HOUR, OTHER_HOUR)
    if one.day != other.day:
        score -= OTHER_DAY
    # Where even the same words could not make up for the rest, they are not compared.
    text = _text(one, other) if score + WORDS >= THRESHOLD else 0.0
    score += WORDS * text
    reasons = (
        (_("nearly the same words"), text >= ALIKE),
        (_("the same spot"), (spot or 0) >= ALIKE),
        (_("the same hour"), one.day == other.day and (hour or 0) >= ALIKE),
        (_("the same organisation"), (group or 0) >= ALIKE),
        (_("the same link"), same_link),
    )
    return Likeness(max(0.0, min(1.0, score)), tuple(reason for reason, is_so in reasons if is_so))


def _weighed(share: float | None, weight: float, against: float) -> float:
    if share is None:
        return weight * UNKNOWN
    return weight * share if share > 0 else -against


def _have_a_language(one: Sketch, other: Sketch) -> bool:
    """Without one in common, words that differ say nothing."""
    return bool(one.languages & other.languages)


def _text(one: Sketch, other: Sketch) -> float:
    """How alike the words are in the two languages where they are most so."""
    titles = max(dice(a, b) for a, b in product(one.title_pieces, other.title_pieces))
    texts = max(overlap(a, b) for a, b in product(one.words, other.words))
    least = 0.0 if _have_a_language(one, other) else UNKNOWN
    return max(titles, texts, least)


def _kind(one: Sketch, other: Sketch) -> int:
    if not one.kind or not other.kind:
        return 0
    return 1 if one.kind == other.kind else -1


def _spot(one: Sketch, other: Sketch) -> float | None:
    """1 for one spot, 0 for two, None if one of them does not say."""
    if one.is_exact and other.is_exact and one.at and other.at:
        apart = kilometres(one.at, other.at)
        if apart <= SAME_SPOT_KM:
            return 1.0
        if apart > 1:
            return 0.0
    if not one.spots or not other.spots:
        return None
    best = max(max(dice(pieces(a), pieces(b)), overlap(words(a), words(b))) for a, b in product(one.spots, other.spots))
    if best >= UNKNOWN:
        return best
    return 0.0 if _have_a_language(one, other) else None


def _hour(one: Sketch, other: Sketch) -> float | None:
    if one.minute is None or other.minute is None:
        return None
    apart = abs(one.minute - other.minute)
    return 1.0 if apart <= 15 else 0.7 if apart <= 45 else 0.3 if apart <= 90 else 0.0


def _group(one: Sketch, other: Sketch) -> float | None:
    if not one.group or not other.group:
        return None
    return max(dice(pieces(one.group), pieces(other.group)), overlap(words(one.group), words(other.group)))


def pieces(text: str) -> frozenset[str]:
    """Runs of three letters, as PostgreSQL's trigrams: typing errors change few of them."""
    padded = [f"  {word} " for word in text.split()]
    return frozenset(word[n : n + 3] for word in padded for n in range(len(word) - 2))


def words(text: str) -> frozenset[str]:
    """The words of *text* that tell something, long ones cut so that endings do not count."""
    return frozenset(word[:6] for word in text.split() if len(word) > 2 and word not in COMMON)


def dice(one: Iterable[str], other: Iterable[str]) -> float:
    a, b = frozenset(one), frozenset(other)
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """How much of the shorter one stands in the longer one; little is known of very short ones."""
    shorter = min(len(one), len(other))
    return len(one & other) / max(shorter, 3)
