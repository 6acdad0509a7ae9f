"""What pages with a form for strangers answer when they cannot take it, and when a link does not work."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Protocol

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import limits
from outbox.tokens import BadToken

RETRY_SECONDS = 60
View = Callable[[HttpRequest, str], HttpResponse]


class Page(Protocol):
    """The page with what was typed; `is_unavailable` or `wait` say why it is shown again."""

    def __call__(self, *, is_unavailable: bool = False, wait: str = "") -> HttpResponse: ...


def number_in(text: str) -> int:
    """The number that a form names a row by; 0, which no row has, for anything else."""
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def later(response: HttpResponse, status: int, seconds: int) -> HttpResponse:
    response.status_code = status
    response.headers["Retry-After"] = str(seconds)
    return response


def refused(claims: Iterable[tuple[limits.Limit, str]], page: Page) -> HttpResponse | None:
    """Take a token of each limit. If that is not possible: the page again, nothing of what was typed lost."""
    try:
        wait = limits.spend_all(claims)
    except limits.Unavailable:
        return later(page(is_unavailable=True), 503, RETRY_SECONDS)
    return later(page(wait=limits.in_words(wait)), 429, wait) if wait else None


def with_token(view: View) -> View:
    """A link that does not work gets a page that says why and what to do."""

    @wraps(view)
    def page(request: HttpRequest, token: str) -> HttpResponse:
        try:
            return view(request, token)
        except BadToken as error:
            return render(request, "events/bad_link.html", {"is_old": error.is_old}, status=404)

    return page
