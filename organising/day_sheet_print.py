"""The day sheet as a file to print. It holds what is not public: it never lies among the sheets of events/prints, but
sealed in Redis, for some minutes, below a key that is made from all that stands on it."""

import json
import logging
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from events.models import Event
from events.prints import drawing
from events.prints.facts import Facts
from events.prints.letters import drawable
from events.rights_cards import ShownCard
from organising import day_sheet
from outbox.sealing import keyed_hash, seal_bytes, unseal_bytes

log = logging.getLogger(__name__)

TEMPLATE = "day-sheet"
PURPOSE = "day sheet print"
# Seconds.
KEPT_FOR = 600
FAILED_FOR = 120
_FAILED = b""


class Failed(Exception):
    """This sheet could not be drawn just now."""


def key_of(event: Event, language: str, now: datetime) -> str:
    """The same for the same content. Nobody who does not know all of it, and HASH_KEY, can make it."""
    with translation.override(language):
        facts = facts_of(event, now)
    drawn = json.dumps([drawing.release(), event.pk, language, facts], sort_keys=True)
    return f"day-sheet:{keyed_hash(drawn, purpose=PURPOSE).hex()}"


def made(key: str) -> bytes | None:
    """The file if it lies ready. Raises Failed."""
    try:
        kept = cache.get(key)
    except RedisError:
        return None
    if kept == _FAILED:
        raise Failed
    return None if kept is None else unseal_bytes(kept, purpose=PURPOSE)


def make(event_id: int, language: str) -> None:
    """Draw the sheet as it is now and keep it for those who wait."""
    event = Event.objects.select_related("campaign", "city").filter(pk=event_id).first()
    now = timezone.now()
    if event is None or day_sheet.is_gone(event, now):
        return
    key = key_of(event, language, now)
    try:
        with translation.override(language):
            drawn = drawing.draw_pages(TEMPLATE, {**facts_of(event, now), "as_of": _as_of(event, now)})
    except Exception as error:
        log.error("printing day sheet %s failed: %s", event_id, type(error).__name__)
        cache.set(key, _FAILED, timeout=FAILED_FOR)
        return
    cache.set(key, seal_bytes(drawn, purpose=PURPOSE), timeout=KEPT_FOR)


def _as_of(event: Event, now: datetime) -> str:
    moment = day_sheet.moment_on_the_spot(event, now)
    return _("As of %(moment)s. Look at the live page: it may have changed.") % {"moment": moment}


def facts_of(event: Event, now: datetime) -> Facts:
    """What stands on the paper, in the active language. The moment is not among it: it changes by itself."""
    content, texts = day_sheet.content_of(event, now), _Texts()
    sheet = content.sheet
    return {
        "lang": get_language() or "en",
        "rtl": translation.get_language_bidi(),
        "site": settings.SITE_NAME,
        "link": content.link,
        "url": content.shown_link,
        "title": texts.line(content.title) or content.where,
        "title_lang": event.text_language,
        "heading": _("Day sheet"),
        "private": _("For the people of this protest only. Do not pass it on, do not lose it."),
        "banners": [texts.line(f"{banner.text} {banner.detail}") for banner in content.banners],
        "when": ", ".join(filter(None, [content.day, content.hours])),
        "zone": content.zone if content.hours else _("The hour is not known."),
        "blocks": [
            *_block(_("Meeting point"), _spot(content, texts)),
            *_block(_("Second meeting point"), [*texts.lines(sheet.second_meeting_point)] or [_("Not set yet.")]),
            *_block(_("About the meeting point"), texts.lines(sheet.meeting_note)),
            *_block(_("Access"), [*event.access_labels, *texts.lines(event.access_notes)]),
            *_block(_("What happens when"), texts.lines(sheet.timeline)),
            *_block(_("Who does what"), texts.lines(sheet.roles)),
            *_block(_("If something goes wrong"), texts.lines(sheet.emergency_plan)),
        ],
        "legal": _("Legal number"),
        "numbers": _numbers(content, texts),
        "cards": [_card(card, texts) for card in content.cards],
        "no_cards": _no_cards(content),
        "rights": _("Rights card"),
        "lost": _("Some signs cannot be printed: look at the page.") if texts.has_lost else "",
        "invitation": _("The live page:"),
    }


class _Texts:
    """Lines as far as the fonts have their letters; remembers whether something had to be left out."""

    def __init__(self) -> None:
        self.has_lost = False

    def line(self, text: str) -> str:
        drawn = drawable(text)
        self.has_lost |= drawn.split() != text.split()
        return drawn

    def lines(self, text: str) -> list[str]:
        return [line for line in map(self.line, text.splitlines()) if line]


def _block(name: str, lines: list[str]) -> list[Facts]:
    return [{"name": name, "lines": lines}] if lines else []


def _spot(content: day_sheet.Content, texts: _Texts) -> list[str]:
    spot = [texts.line(part) for part in content.place.spot]
    lacking = [_("The exact place is not entered.")] if content.lacks_spot else []
    return [*filter(None, spot), *lacking, ", ".join(dict.fromkeys(filter(None, [content.where, content.country])))]


def _numbers(content: day_sheet.Content, texts: _Texts) -> list[Facts]:
    own = content.sheet.own_legal_number
    numbers: list[Facts] = [{"number": own, "note": _("Our own legal team")}] if own else []
    numbers += [{"number": card.legal_number, "note": texts.line(card.legal_number_note)} for card in content.numbers]
    return numbers or [{"number": "", "note": _("No checked number yet.")}]


def _card(card: ShownCard, texts: _Texts) -> Facts:
    checked = _("Checked on %(day)s. Source: %(source)s") % {"day": card.checked_on, "source": texts.line(card.source)}
    old = _("Old: this was checked more than a year ago and may be wrong by now.")
    return {
        "lang": card.language,
        "rtl": card.language in settings.LANGUAGES_BIDI,
        "name": texts.line(card.own_name),
        "lines": texts.lines(card.text),
        "checked": checked,
        "old": old if card.is_old else "",
    }


def _no_cards(content: day_sheet.Content) -> str:
    if not content.missing:
        return ""
    return _("No checked text yet: %(languages)s.") % {"languages": ", ".join(content.missing)}
