"""The public record of what was deleted when."""

from itertools import groupby, islice
from operator import attrgetter

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events import when
from events.views.pages import cacheable
from outbox.models import Purge

What = Purge.What

WORDS = {
    What.WISHES: _("Requests to be reminded that nobody confirmed"),
    What.FOLLOWERS: _("Followers"),
    What.HELPERS: _("Offers to help"),
    What.MAILS: _("Records of mails"),
    What.ADDRESSES: _("E-mail addresses"),
    What.ACCOUNTS: _("Accounts"),
    What.SIGNATURES: _("Signatures that are not public"),
    What.LETTERS: _("Letters and messages"),
    What.REPORTS: _("Reports"),
    What.PROTESTS: _("Protests that were not public"),
    What.VERSIONS: _("Versions that were not approved"),
    What.WORDS: _("Texts to followers, and reasons of moderators"),
    What.SHEETS: _("Day sheets and legal notes"),
    What.DRAFTS: _("Drafts"),
}
MOST_DAYS = 60


@cacheable()
def deleted(request: HttpRequest) -> HttpResponse:
    """Days that are over, in numbers alone, and all of them together."""
    done = Purge.objects.filter(day__lt=timezone.now().date()).order_by("-day", "what")
    totals = done.order_by("what").values_list("what").annotate(Sum("number"))
    by_day = islice(groupby(done, key=attrgetter("day")), MOST_DAYS)
    context = {
        "totals": [(WORDS[What(what)], number) for what, number in totals],
        "days": [
            (when.day_text_with_year(day), [(WORDS[What(row.what)], row.number) for row in rows])
            for day, rows in by_day
        ],
    }
    return render(request, "events/deleted.html", context)
