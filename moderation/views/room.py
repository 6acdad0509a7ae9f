"""Who may enter the room."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse

from accounts.views import SignedInRequest
from moderation.permissions import is_moderator

View = Callable[..., HttpResponse]


def for_moderators(view: View) -> View:
    """Log in first; whoever moderates nothing is told that there is no such page."""

    @wraps(view)
    @login_required
    def guarded(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_moderator(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
