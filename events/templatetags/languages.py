"""The same page in the other languages."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import template
from django.conf import settings
from django.utils.translation import get_language

from events.names import own_language_name

register = template.Library()


@dataclass(frozen=True)
class LanguageLink:
    code: str
    name: str
    path: str
    is_current: bool


def _links(path: str, first_codes: list[str]) -> Iterator[LanguageLink]:
    _empty, first, rest = (path + "/").split("/", 2)
    if first not in settings.COMPLETE_LANGUAGES:
        return
    own = [code for code in first_codes if code in settings.COMPLETE_LANGUAGES]
    for code in [*own, *(code for code in settings.COMPLETE_LANGUAGES if code not in own)]:
        name = own_language_name(code)
        yield LanguageLink(code, name[:1].upper() + name[1:], f"/{code}/{rest[:-1]}", code == get_language())


@register.simple_tag(takes_context=True)
def language_links(context: dict[str, Any]) -> list[LanguageLink]:
    """The addresses of this page in all languages; none for a page whose address names no language. A country's page
    names `own_languages`: these come first."""
    request = context.get("request")
    return list(_links(request.get_full_path(), context.get("own_languages", []))) if request else []


@register.simple_tag
def is_rtl(code: str) -> bool:
    return code.split("-")[0] in settings.LANGUAGES_BIDI
