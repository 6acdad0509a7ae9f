"""All letters of the site on a local one, for whoever writes or translates them. Built anew each minute, and rolled
back: nothing is sent, nothing is kept."""

import functools
from dataclasses import dataclass
from email import policy
from email.parser import BytesParser

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from moderation.examples import Example, examples_in
from outbox.letters import Letter
from outbox.messages import message_of
from outbox.views import MAIL_POLICY

# As everywhere, and a frame of our own for the HTML of a letter, which may neither run nor load anything.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Shown:
    key: str
    letter: Letter
    headers: list[tuple[str, str]]


def _language(request: HttpRequest) -> str:
    asked = request.GET.get("lang", "en")
    if asked not in dict(settings.LANGUAGES):
        raise Http404
    return asked


def _built(request: HttpRequest) -> dict[str, Shown]:
    """Every letter by its key."""
    if settings.MODE == "production":
        raise Http404
    built = _built_in(_language(request), int(timezone.now().timestamp()) // 60)
    # A letter's language is not this page's.
    translation.activate("en")
    return built


@functools.lru_cache(maxsize=len(settings.LANGUAGES))
def _built_in(language: str, _minute: int) -> dict[str, Shown]:
    """A page and its frame, and one letter after the other, are looked at without building all of them each time."""
    with transaction.atomic():
        shown = [_shown(example) for example in examples_in(language)]
        transaction.set_rollback(True)
    return {one.key: one for one in shown}


def _shown(example: Example) -> Shown:
    message = BytesParser(policy=policy.default).parsebytes(message_of(example.delivery, example.letter).content)
    return Shown(example.key, example.letter, [(name, str(value)) for name, value in message.items()])


def _one(request: HttpRequest, key: str) -> Shown:
    found = _built(request).get(key)
    if not found:
        raise Http404
    return found


def _page(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    languages = {"letter_languages": settings.LANGUAGES, "chosen": _language(request)}
    response = render(request, f"outbox/{template}.html", {**context, **languages})
    response.headers["Content-Security-Policy"] = POLICY
    return response


@require_safe
def examples(request: HttpRequest) -> HttpResponse:
    return _page(request, "examples", {"letters": _built(request).values()})


@require_safe
def example(request: HttpRequest, key: str) -> HttpResponse:
    return _page(request, "example", {"shown": _one(request, key)})


@require_safe
@xframe_options_sameorigin
def example_html(request: HttpRequest, key: str) -> HttpResponse:
    """The HTML alone, for the frame."""
    response = HttpResponse(_one(request, key).letter.html)
    response.headers["Content-Security-Policy"] = f"{MAIL_POLICY}; frame-ancestors 'self'"
    return response
