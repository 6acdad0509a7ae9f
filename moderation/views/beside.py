"""A submission beside a protest that may be the same one: ask what is different, or make one of the two."""

from functools import partial

from django.conf import settings
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.views import SignedInRequest
from events.comparison import compare
from events.models import Audience, Event, EventDetails, Revision
from moderation import actions
from moderation.duplicates.likeness import likeness, sketch_of
from moderation.forms import AskForm, MergeForm
from moderation.permissions import events_of, is_own, revisions_of
from moderation.views.deciding import is_done
from moderation.views.room import for_moderators
from moderation.views.submission import revision_or_404


@require_http_methods(["GET", "HEAD", "POST"])
@for_moderators
def beside(request: SignedInRequest, pk: int, public_id: str) -> HttpResponse:
    """Both entries side by side. A POST makes the submission one with the other, which is public."""
    revision = revision_or_404(request, pk)
    other, details = _other_or_404(request, revision, public_id)
    if request.method != "POST":
        return _page(request, revision, other, details, MergeForm())
    if revision.event.published_at:
        # An edit that would move it here is no right to take it off the list of another country.
        get_object_or_404(events_of(request.user), pk=revision.event_id)
    form = MergeForm(request.POST)
    if form.is_valid() and is_done(partial(actions.merge_event, into=other), revision.event, form, request):
        return redirect("moderation:queue")
    return _page(request, revision, other, details, form)


def _other_or_404(request: SignedInRequest, revision: Revision, public_id: str) -> tuple[Event, EventDetails]:
    """A protest of the same edition as it is public; or a submission that this person may see, as it was sent."""
    events = Event.objects.filter(campaign=revision.event.campaign_id).exclude(pk=revision.event_id)
    waiting = revisions_of(request.user).open().select_related("city", "picture")
    seen = Event.objects.visible().values("pk"), waiting.values("event")
    mine = events.filter(Q(pk__in=seen[0]) | Q(pk__in=seen[1])).select_related("city", "picture", "campaign")
    other = get_object_or_404(mine, public_id=public_id)
    return other, other if other.is_visible else waiting.get(event=other)


def _page(
    request: SignedInRequest, revision: Revision, other: Event, details: EventDetails, form: MergeForm
) -> HttpResponse:
    now = timezone.now()
    # A public protest of another country is shown as everybody sees it.
    is_theirs = other.is_visible and not events_of(request.user).filter(pk=other.pk).exists()
    audience = Audience.PUBLIC if is_theirs else Audience.INSIDER
    lines = [line for line in compare(revision, details, now, old_as=audience) if not line.has_picture]
    context = {
        "revision": revision,
        "other": other,
        "other_title": details.title,
        "different": [line for line in lines if line.is_changed],
        "same": [line for line in lines if not line.is_changed],
        "reasons": likeness(sketch_of(revision, now), sketch_of(details, now, audience)).reasons,
        "form": form,
        "ask": AskForm(initial={"reason": _question(revision, other)}, auto_id="ask_%s"),
        "is_own": is_own(revision.event, request.user),
    }
    return render(request, "moderation/beside.html", context)


def _question(revision: Revision, other: Event) -> str:
    """What to ask the organisers, in their language. It tells of the other one only what is public."""
    language = revision.author.language if revision.author else "en"
    with translation.override(language):
        if not other.is_visible:
            return gettext(
                "Another submission tells of a protest at this time and place. Is it the same one? If so, get in touch "
                "with the other groups of your city and tell us who looks after it. If not, say in the text what is "
                "different, so that people can tell the two from each other."
            )
        return gettext(
            "A protest that may be the same is listed already: %(title)s, %(address)s\n\nIs it the same one? If so, "
            "write to its organisers by the form on its page and ask them to join. If not, say in your text what is "
            "different, so that people can tell the two from each other."
        ) % {"title": other.display_title, "address": settings.SITE_URL + other.get_absolute_url()}
