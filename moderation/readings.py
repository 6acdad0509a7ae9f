"""How a submission will read: its texts as HTML, and the whole protest as if it were public."""

from copy import copy
from dataclasses import dataclass

from django.conf import settings
from django.utils.safestring import SafeString

from events import markdown
from events.models import Event, EventDetails, Revision
from events.names import language_name

# Worked out by PostgreSQL from the details, in both tables.
_WORKED_OUT = ("starts_at", "ends_at")


@dataclass(frozen=True)
class Reading:
    """Title and text in one language. Not all of them are languages of the site, in which there is a page."""

    language: str
    language_name: str
    title: str
    html: SafeString
    has_page: bool


def readings_of(details: EventDetails) -> list[Reading]:
    """The original, then the translations."""
    texts = {
        details.language: {"title": details.title, "description": details.description},
        **dict(sorted(details.translations.items())),
    }
    pages = dict(settings.LANGUAGES)
    return [
        Reading(
            code,
            language_name(code),
            text.get("title", ""),
            markdown.as_html(text.get("description", ""), heading="h4"),
            code in pages,
        )
        for code, text in texts.items()
    ]


def as_if_public(revision: Revision) -> Event:
    """The protest with the details of *revision*, published; nothing of it is saved."""
    event = copy(revision.event)
    for name, value in revision.details().items():
        setattr(event, name, value)
    for name in _WORKED_OUT:
        setattr(event, name, getattr(revision, name))
    event.state = Event.State.PUBLISHED
    return event
