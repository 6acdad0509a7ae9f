"""Protests as an Atom feed (RFC 4287), what changed last first."""

from collections.abc import Iterable
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from django.conf import settings
from django.utils import translation

from events import entries
from events.characters import one_line
from events.entries import Feed
from events.models import Event
from events.names import country_name

NAMESPACE = "http://www.w3.org/2005/Atom"
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
register_namespace("", NAMESPACE)


def _add(parent: Element, name: str, text: str = "", **attributes: str) -> Element:
    element = SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)
    element.text = text or None
    return element


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _add_person(parent: Element, name: str, url: str = "") -> None:
    person = _add(parent, "author")
    _add(person, "name", name)
    if url:
        _add(person, "uri", url)


def _add_entry(root: Element, event: Event, now: datetime) -> None:
    entry = _add(root, "entry")
    _add(entry, "id", entries.entry_id(event))
    _add(entry, "title", entries.headline(event)).set(LANGUAGE, event.text_language)
    _add(entry, "link", rel="alternate", type="text/html", href=entries.page_url(event))
    _add(entry, "published", _moment(event.published_at or event.created_at))
    _add(entry, "updated", _moment(entries.changed_at(event)))
    organiser = entries.organiser(event)
    if organiser:
        _add_person(entry, organiser)
    _add(entry, "category", term=event.country, label=country_name(event.country))
    if event.kind:
        _add(entry, "category", term=event.kind, label=str(event.get_kind_display()))
    _add(entry, "summary", entries.summary(event, now))
    _add(entry, "content", entries.content_html(event, now), type="html").set(LANGUAGE, event.text_language)


def as_atom(feed: Feed, events: Iterable[Event], now: datetime) -> str:
    """The whole feed in the active language."""
    shown = list(events)
    root = Element(f"{{{NAMESPACE}}}feed", {LANGUAGE: translation.get_language() or "en"})
    _add(root, "id", feed.url)
    _add(root, "title", one_line(feed.name))
    _add(root, "link", rel="self", type="application/atom+xml", href=feed.url)
    _add(root, "link", rel="alternate", type="text/html", href=feed.page_url)
    _add(root, "updated", _moment(max(map(entries.changed_at, shown), default=now)))
    _add_person(root, settings.SITE_NAME, settings.SITE_URL + "/")
    for event in shown:
        _add_entry(root, event, now)
    return DECLARATION + tostring(root, encoding="unicode")
