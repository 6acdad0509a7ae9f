"""What a form shows before anybody has typed: the details of a protest, or the answers that were sent before."""

from collections.abc import Mapping
from typing import Any

from events.forms.fields import clean_line
from events.forms.offered import FURTHER_LANGUAGES
from events.forms.picture import picture_initial
from events.forms.schedule import schedule_initial
from events.models import EventDetails

AS_STORED = (
    *("title", "description", "language", "kind", "day", "start_time", "end_time", "country", "place_kind", "venue"),
    *("address", "disclosure", "spoken_languages", "access_features", "access_notes"),
    *("organiser_name", "contact_link"),
)
LONGEST_PLACE = 100
SEVERAL = {"spoken_languages", "access_features"}


def initial_from(details: EventDetails) -> dict[str, Any]:
    """What the form shows when a protest is changed."""
    local = details.disclose_at.astimezone(details.zone) if details.disclose_at else None
    initial: dict[str, Any] = {
        **{name: getattr(details, name) for name in AS_STORED},
        **picture_initial(details.picture, details.picture_alt),
        **schedule_initial(details),
        "city": details.city.display_name if details.city else "",
        "position": (details.lat, details.lon) if details.lat is not None else None,
        "zone": "" if details.city else details.timezone,
        "disclose_day": local.date() if local else None,
        "disclose_time": local.time() if local else None,
    }
    for n, (language, text) in enumerate(list(details.translations.items())[:FURTHER_LANGUAGES], start=1):
        initial |= {f"translation{n}_language": language}
        initial |= {f"translation{n}_{name}": text.get(name, "") for name in ("title", "description")}
    return initial


def initial_from_answers(answers: Mapping[str, list[str]]) -> dict[str, Any]:
    """What the form shows when somebody goes back to what they had sent."""
    return {name: values if name in SEVERAL else values[-1] for name, values in answers.items() if values}


def initial_from_query(query: Mapping[str, str]) -> dict[str, Any]:
    """What the form shows to somebody who comes from the page of a place: `?country=FI&city=Tampere`."""
    return {name: clean_line(query.get(name, ""))[:LONGEST_PLACE] for name in ("country", "city")}
