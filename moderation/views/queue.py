"""The queue, taking the next of it, and how it grows."""

from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.views import SignedInRequest
from events.listing.moments import moment_in
from moderation import queue as lists
from moderation.queue import Filters, Tab
from moderation.views.going_on import to_next
from moderation.views.room import for_moderators


@require_safe
@for_moderators
def queue(request: SignedInRequest) -> HttpResponse:
    """What waits for a decision, or another tab of the queue."""
    return queue_page(request, request.GET)


def queue_page(request: SignedInRequest, chosen: QueryDict, **typed: object) -> HttpResponse:
    """The tab and filters in *chosen*. *typed* is what could not be done with the ticked rows: `refusal`, `ticked`,
    and the words for them."""
    now = timezone.now()
    user, filters = request.user, Filters.asked_for(chosen)
    asked = chosen.get("tab", "")
    tab = Tab(asked) if asked in Tab.values else Tab.WAITING
    after = chosen.get("after", "")
    is_decided = tab == Tab.DECIDED
    counts = lists.counts(user, since=now)
    context = {
        "tab": tab,
        "tabs": [(one, one.label, counts.tabs.get(one)) for one in Tab],
        "filters": filters,
        "countries": counts.countries.get(tab, {}),
        "page": lists.decided_page(user, after=after)
        if is_decided
        else lists.page_of(user, tab, filters, after=after, now=now),
        "now": now,
        "late_before": lists.late_before(user, now),
        "reported": lists.reported(user),
        "alike": lists.quarantined_like(user, filters, now).count() if tab == Tab.QUARANTINED else 0,
        **typed,
    }
    return render(request, "moderation/queue.html", context)


@require_POST
@for_moderators
def next_one(request: SignedInRequest) -> HttpResponse:
    """Take the next submission that nobody is at work on."""
    return to_next(request, Filters.asked_for(request.POST), request.POST.get("after", ""))


@require_safe
@for_moderators
def pulse(request: SignedInRequest) -> HttpResponse:
    """The counts of the tabs, and what to say of those that came since the page was opened."""
    now = timezone.now()
    counts = lists.counts(request.user, since=moment_in(request.GET.get("since", "")) or now)
    sentence = ngettext(
        "%(number)d new since you opened this page", "%(number)d new since you opened this page", counts.new
    )
    return JsonResponse({"tabs": counts.tabs, "news": sentence % {"number": counts.new} if counts.new else ""})
