"""The lists of the overview by name: what each is called, and its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from events.models import Campaign
from moderation.overview import places, protests
from moderation.overview.places import Place
from moderation.overview.protests import Row
from moderation.permissions import countries_of

NAMES = ("countries", "cities", "incomplete", "unconfirmed")


@dataclass(frozen=True)
class Listing:
    """Some rows of a list; `after` opens the next ones, "" if there are none."""

    name: str
    title: str
    lead: str
    empty: str
    rows: Sequence[Place | Row]
    after: str

    @property
    def has_places(self) -> bool:
        return self.name in {"countries", "cities"}


@dataclass(frozen=True)
class Asked:
    """Whose list, of which edition, and when."""

    user: User
    campaign: Campaign
    now: datetime


def listing(name: str, asked: Asked, *, after: str = "", most: int) -> Listing:
    """At most *most* rows of the list of this name, those behind the one named in *after*."""
    rows, rest = _rows(name, asked, after, most)
    title, lead, empty = {
        "countries": (
            _("Countries that people follow and where nothing happens yet"),
            _("Send the form around there: the link has the country filled in."),
            _("In every country that people follow there is a protest."),
        ),
        "cities": (
            _("Cities that people follow and where nothing happens yet"),
            _("Send the form around there: the link has the city filled in."),
            _("In every city that people follow there is a protest."),
        ),
        "incomplete": (
            _("Protests without contact or access notes"),
            _("Ask the organisers for a public link, and for what people with disabilities need to know."),
            _("Nothing is missing."),
        ),
        "unconfirmed": (
            _("Protests that nobody has confirmed"),
            _("We asked the organisers whether it is still on. Their pages say that nobody has answered."),
            _("Nothing is unconfirmed."),
        ),
    }[name]
    return Listing(name, title, lead, empty, rows, rest)


def _rows(name: str, asked: Asked, after: str, most: int) -> tuple[Sequence[Place | Row], str]:
    user, campaign, now = asked.user, asked.campaign, asked.now
    match name:
        case "countries":
            return places.countries(campaign, countries_of(user, campaign), after, most)
        case "cities":
            return places.cities(campaign, countries_of(user, campaign), after, most)
        case "incomplete":
            return protests.page_of(protests.incomplete(protests.ahead(user, campaign, now)), after, most)
        case _:
            return protests.page_of(protests.silent(user, campaign, now), after, most)
