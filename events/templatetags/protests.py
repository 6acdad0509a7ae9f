"""Days as templates write them."""

from datetime import date

from django import template

from events import when

register = template.Library()

register.filter("day_text", when.day_text)
register.filter("day_text_with_year", when.day_text_with_year)
register.filter("date_text", when.date_text)
register.filter("short_day", when.short_day)


@register.simple_tag
def span(first: date, last: date) -> str:
    return when.span_text(first, last)
