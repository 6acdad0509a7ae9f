"""The queue, and the list of protests that are public or were."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.views import SignedInRequest
from moderation import listing
from moderation.forms import SearchForm
from moderation.views.room import for_moderators


@require_safe
@for_moderators
def protests(request: SignedInRequest) -> HttpResponse:
    """Find a public or hidden protest."""
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    return render(request, "moderation/protests.html", {"form": form, "events": listing.found(request.user, text)})
