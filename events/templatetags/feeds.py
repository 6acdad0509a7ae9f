"""Where a page's protests are to be had for calendars, feed readers, search engines and networks."""

import json
from dataclasses import dataclass

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from events.models import City, Event
from events.scope import Scope
from events.structured import as_schema_org

register = template.Library()

# No text can end the script element, nor begin a comment in it.
ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
# Open Graph wants a territory; these are the ones that its readers know.
OPEN_GRAPH_LOCALES = {
    "en": "en_GB", "uk": "uk_UA", "pl": "pl_PL", "fi": "fi_FI", "de": "de_DE", "fr": "fr_FR", "nl": "nl_NL",
}  # fmt: skip


@register.simple_tag
def webcal(path: str) -> str:
    """The address that a calendar program offers to subscribe to."""
    return f"webcal://{settings.SITE_URL.partition('://')[2]}{path}"


@dataclass(frozen=True)
class FeedPaths:
    """The feeds of one list of protests, in the reader's language."""

    ics: str
    atom: str
    json: str
    embed: str

    @property
    def webcal(self) -> str:
        return webcal(self.ics)


@register.simple_tag
def feed_paths(country: str = "", city: City | None = None) -> FeedPaths:
    """The feeds of *city*, else of *country*, else of all."""
    where, args = ("city", [city.country, city.slug]) if city else ("country", [country]) if country else ("all", [])
    names = [f"feeds:{where}", f"feeds:{where}_atom", f"feeds:{where}_json", f"embed:{where}"]
    return FeedPaths(*(f"{reverse(name, args=args)}?lang={get_language() or 'en'}" for name in names))


@register.simple_tag
def embed_code(scope: Scope, path: str) -> str:
    """What people put on their own site. The page in the frame may open windows and nothing else."""
    title = _("Protests: %(place)s") % {"place": scope.name}
    return (
        f'<iframe src="{escape(settings.SITE_URL + path)}" title="{escape(title)}" width="100%" height="480"'
        ' loading="lazy" referrerpolicy="no-referrer"'
        ' sandbox="allow-popups allow-popups-to-escape-sandbox allow-same-origin"></iframe>'
    )


@register.simple_tag
def schema_org(event: Event) -> SafeString:
    """*event* as a block of data that is never run."""
    data = json.dumps(as_schema_org(event, timezone.now()), ensure_ascii=False).translate(ESCAPES)
    # What json.dumps writes needs no other escape inside a script element.
    return format_html('<script type="application/ld+json">{}</script>', SafeString(data))


@register.simple_tag
def open_graph_locale(code: str) -> str:
    return OPEN_GRAPH_LOCALES.get(code, code)
