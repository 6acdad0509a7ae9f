"""Who may enter the room."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from accounts.standing import has_shown_second_factor, way_to_second_factor
from accounts.views import SignedInRequest
from moderation.permissions import is_moderator

View = Callable[..., HttpResponseBase]


def for_moderators(view: View) -> View:
    """Log in first, with a second factor; whoever moderates nothing is told that there is no such page."""

    @wraps(view)
    @login_required
    def guarded(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_moderator(request.user):
            raise Http404
        if not has_shown_second_factor(request):
            onward = request.path if request.method == "GET" else reverse("moderation:queue")
            return HttpResponseRedirect(way_to_second_factor(request, onward))
        return view(request, *args, **kwargs)

    return guarded
