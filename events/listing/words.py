"""Search by words: exactly in any accent, script and name of a place; and forgivingly, for typing errors."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import add, or_

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Greatest

from events.folding import fold, in_text, romanise
from events.listing.places import ids_of_cities_like
from events.models import CityName, Event
from events.models.event import EventQuerySet
from events.names import countries_called

MOST_WORDS = 8
# “Frankfurt am Main”, “Bosnia and Herzegovina”, “Saint-Gilles-lez-Bruxelles”.
LONGEST_NAME = 5
MOST_PLACES = 200
# Shorter names are words of too many languages, and shorter words have too few letters to be nearly right.
SHORTEST_NAME = 3
SHORTEST_SIMILAR = 4
# This part of a word's trigrams must be found side by side: two letters that changed places still pass.
LEAST_SIMILARITY = 0.4
MOST_SIMILAR = 25
# So many are compared; a word that is like more of them than that is no help to anybody.
MOST_COMPARED = 500


@dataclass(frozen=True)
class Term:
    """One word of a query, or several that are the name of a place together."""

    phrase: str
    cities: list[int] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        return romanise(self.phrase).split()

    @property
    def may_be_mistyped(self) -> bool:
        is_place = bool(self.cities or self.countries)
        return not is_place and any(len(word) >= SHORTEST_SIMILAR for word in self.words)

    @property
    def exact(self) -> Q:
        in_its_text = Q(*(Q(search_text__contains=in_text(word)) for word in self.words))
        if self.cities:
            in_its_text |= Q(city__in=self.cities)
        if self.countries:
            in_its_text |= Q(country__in=self.countries)
        return in_its_text


def terms_of(text: str) -> list[Term]:
    """*text* cut into words and names of places, the longest names first."""
    words = fold(text).split()[:MOST_WORDS]
    cities = _cities_named({phrase for start in range(len(words)) for phrase, _end in _phrases(words, start)})
    terms, start = [], 0
    while start < len(words):
        for phrase, end in _phrases(words, start):
            countries = countries_called(phrase) if len(phrase) >= SHORTEST_NAME else []
            if cities[phrase] or countries or end == start + 1:
                terms.append(Term(phrase, cities[phrase], countries))
                start = end
                break
    return [term for term in terms if term.words]


def _phrases(words: list[str], start: int) -> Iterator[tuple[str, int]]:
    """All that begins at *start*, the longest first, with the place where each ends."""
    for end in range(min(len(words), start + LONGEST_NAME), start, -1):
        yield " ".join(words[start:end]), end


def _cities_named(phrases: set[str]) -> dict[str, list[int]]:
    known = CityName.objects.filter(folded__in=[phrase for phrase in phrases if len(phrase) >= SHORTEST_NAME])
    cities: dict[str, list[int]] = defaultdict(list)
    for phrase, city in known.order_by("-city__population", "city").values_list("folded", "city")[:MOST_PLACES]:
        cities[phrase].append(city)
    return cities


def with_words(events: EventQuerySet, terms: list[Term]) -> EventQuerySet:
    """Those that hold every term; none if there is no term at all."""
    return events.filter(*(term.exact for term in terms)) if terms else events.none()


@transaction.atomic
def nearly(events: EventQuerySet, terms: list[Term]) -> list[int]:
    """The keys of *events* that nearly hold every term, the best first. Only titles, organisers and cities count."""
    if not any(term.may_be_mistyped for term in terms):
        return []
    cities = [ids_of_cities_like(term.phrase) if term.may_be_mistyped else [] for term in terms]
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL pg_trgm.word_similarity_threshold = {LEAST_SIMILARITY}")
    wanted = [_similar(term, near) for term, near in zip(terms, cities, strict=True)]
    compared = events.filter(*wanted).order_by()[:MOST_COMPARED].values("pk")
    likeness = reduce(add, (_likeness(term, near) for term, near in zip(terms, cities, strict=True)))
    ranked = Event.objects.filter(pk__in=compared).annotate(likeness=likeness).order_by("-likeness", "day", "pk")
    return list(ranked.values_list("pk", flat=True)[:MOST_SIMILAR])


def _similar(term: Term, cities: list[int]) -> Q:
    if not term.may_be_mistyped:
        return term.exact
    long_words = [word for word in term.words if len(word) >= SHORTEST_SIMILAR]
    in_its_title = [Q(search_title__trigram_word_similar=word) for word in long_words]
    return reduce(or_, [term.exact, Q(city__in=cities), *in_its_title])


def _likeness(term: Term, cities: list[int]) -> Greatest:
    in_a_city = Case(When(city__in=cities, then=Value(1.0)), default=Value(0.0))
    return Greatest(in_a_city, TrigramWordSimilarity(" ".join(term.words), "search_title"))
