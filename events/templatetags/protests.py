"""Days as templates write them, the language of a text, and the picture of a protest."""

from datetime import date

from django import template
from django.utils.html import format_html
from django.utils.translation import get_language

from events import when
from events.names import country_name
from events.prints.sheets import card_path

register = template.Library()

register.simple_tag(card_path)
register.filter("day_text", when.day_text)
register.filter("day_text_with_year", when.day_text_with_year)
register.filter("date_text", when.date_text)
register.filter("date_text_with_year", when.date_text_with_year)
register.filter("short_day", when.short_day)
register.filter("short_day_with_year", when.short_day_with_year)
register.filter("short_moment", when.short_moment)
register.filter("short_moment_with_year", when.short_moment_with_year)
register.filter("country", country_name)


@register.simple_tag
def span(first: date, last: date) -> str:
    return when.span_text(first, last)


@register.simple_tag
def lang_of(code: str) -> str:
    """The attribute of a text in the language *code*; none if the page speaks it too."""
    return "" if code == get_language() else format_html(' lang="{}"', code)
