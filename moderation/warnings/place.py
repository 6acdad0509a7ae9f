"""Whether the place fits, and whether it is told to no more people than it should be."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from events.distance import city_position, kilometres
from events.folding import romanise
from events.models import Audience, Revision
from events.models.campaign import CampaignCountry, Disclosure
from events.models.details import Place
from events.names import country_name
from events.outlines import close_up
from moderation.warnings.caution import Caution, look, stop

# Further from the middle of its city a position is rather a slip of the hand.
FAR_KM = 25
# A shorter name is found in too many words.
SHORTEST_NAME = 4
# From the most open to the most careful.
_STRICTNESS = [Disclosure.PUBLIC, Disclosure.TIMED, Disclosure.FOLLOWERS]


def about_place(revision: Revision, taking_part: CampaignCountry | None, now: datetime) -> Iterator[Caution]:
    """*taking_part* is its country in the edition, if it takes part."""
    if taking_part is None:
        country = {"country": country_name(revision.country)}
        yield stop(_("%(country)s does not take part in this edition yet.") % country)
    elif is_more_open(revision.disclosure, taking_part.least_disclosure):
        yield stop(_("The place is more open than this country's rule says."))
    place = revision.place_for(Audience.INSIDER, now)
    if revision.disclosure != Disclosure.PUBLIC and is_told(place, public_texts(revision)):
        yield stop(_("The place is to stay unknown for now, but its name stands in the text."))
    yield from about_position(place)


def is_more_open(disclosure: str, least: str) -> bool:
    return _STRICTNESS.index(Disclosure(disclosure)) < _STRICTNESS.index(Disclosure(least))


def is_told(place: Place, texts: list[str]) -> bool:
    """Whether one of *texts* names the venue or the address, in any accent, case and script."""
    city = romanise(place.city.name) if place.city else ""
    names = [name for spot in place.spot if len(name := romanise(spot)) >= SHORTEST_NAME and name != city]
    return any(f" {name} " in f" {romanise(text)} " for name in names for text in texts)


def about_position(place: Place) -> Iterator[Caution]:
    if place.lat is None or place.lon is None:
        return
    at = float(place.lat), float(place.lon)
    far = round(kilometres(at, city_position(place.city))) if place.city else 0
    if far > FAR_KM:
        yield look(
            ngettext(
                "The position lies %(count)d kilometre from the middle of the city.",
                "The position lies %(count)d kilometres from the middle of the city.",
                far,
            )
            % {"count": far}
        )
    ground = close_up(place.country)
    if ground and ground.is_abroad(*at):
        yield look(_("The position lies outside of %(country)s.") % {"country": country_name(place.country)})


def public_texts(revision: Revision) -> list[str]:
    """All that people wrote and everybody will read."""
    translated = [text for texts in revision.translations.values() for text in texts.values()]
    own = [revision.title, revision.description, revision.organiser_name, revision.access_notes, revision.picture_alt]
    return [text for text in [*own, *translated] if text]
