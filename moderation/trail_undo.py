"""What a moderator did beside deciding on protests, as the trail tells it, and taking it back: people appointed,
reports dismissed, submissions let out of quarantine, signatures and after-reports decided on. What has left or was
overwritten is only named."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions import record
from accounts.models import AuditEntry, User
from events.actions import Refused
from events.models import AfterReport, Campaign, Report, Revision, SignOn, SiteStamp
from events.names import country_name
from moderation import after_reports, people
from moderation.collectives import collectives_of
from moderation.permissions import (
    after_reports_of,
    announcements_of,
    campaigns_run_by,
    card_countries_of,
    events_of,
    revisions_of,
    sign_ons_of,
)
from outbox.masking import masked

APPOINTED, CHANGED, REMOVED = "coordinator appointed", "coordinator changed", "coordinator removed"
DISMISSED, RELEASED = "reports dismissed", "released from quarantine"
PUBLISHED, REFUSED = "sign-on published", "sign-on refused"
TOLD = "after-report published"
WORDS: dict[str, str | Promise] = {
    APPOINTED: gettext_lazy("somebody was made a moderator: is removed again"),
    CHANGED: gettext_lazy("somebody's rights as a moderator were changed: look at it yourself"),
    REMOVED: gettext_lazy("somebody was removed as a moderator: look at it yourself"),
    DISMISSED: gettext_lazy("reports were dismissed: they are open again"),
    RELEASED: gettext_lazy("let out of quarantine: goes back, if it still waits"),
    PUBLISHED: gettext_lazy("a signature was published: it waits again"),
    REFUSED: gettext_lazy("a signature was refused: it waits again"),
    TOLD: gettext_lazy("a report on a protest was published: is taken down"),
    "after-report refused": gettext_lazy("a report on a protest was refused: look at it yourself"),
    "after-report changes_requested": gettext_lazy("a report on a protest was sent back: look at it yourself"),
    "after-report taken_down": gettext_lazy("a report on a protest was taken down: look at it yourself"),
    "announcement released": gettext_lazy("an announcement was sent to followers: look at it yourself"),
    "announcement refused": gettext_lazy("an announcement was refused: look at it yourself"),
    "collective approved": gettext_lazy("a collective was published: look at it yourself"),
    "collective refused": gettext_lazy("a collective’s texts were refused: look at it yourself"),
    "collective hidden": gettext_lazy("a collective was hidden: look at it yourself"),
    "collective shown again": gettext_lazy("a hidden collective was shown again: look at it yourself"),
    "rights card changed": gettext_lazy("a rights card was changed: look at it yourself"),
    "country rule changed": gettext_lazy("the rules of a country were changed: look at it yourself"),
}
# What a line is about, by the first words of its verb.
KINDS = {
    "coordinator": "user",
    DISMISSED: "event",
    RELEASED: "revision",
    "sign-on": "sign",
    "after-report": "after-report",
    "announcement": "announcement",
    "collective": "collective",
    "rights card": "country",
    "country rule": "country",
}


@dataclass(frozen=True)
class Act:
    """One line of the trail, and what it was about."""

    entry: AuditEntry
    title: str

    @property
    def words(self) -> str:
        """What was done, and what becomes of it."""
        return str(WORDS[self.entry.verb])


def acts_of(account: User, by: User, *, since: datetime) -> list[Act]:
    """What *account* did since then in what *by* looks after, the latest first."""
    entries = list(
        AuditEntry.objects.filter(actor_id=account.actor_id, at__gte=since, verb__in=WORDS).order_by("-at", "-pk")
    )
    titles = {
        "user": _people(entries, by),
        "event": dict(events_of(by).filter(pk__in=_about(entries, "event")).values_list("pk", "title")),
        "revision": dict(revisions_of(by).filter(pk__in=_about(entries, "revision")).values_list("pk", "title")),
        "sign": dict(sign_ons_of(by).filter(pk__in=_about(entries, "sign")).values_list("pk", "name")),
        "after-report": _by_event(after_reports_of(by).filter(pk__in=_about(entries, "after-report"))),
        "announcement": _by_event(announcements_of(by).filter(pk__in=_about(entries, "announcement"))),
        "collective": dict(collectives_of(by).filter(pk__in=_about(entries, "collective")).values_list("pk", "name")),
        "country": _countries(entries, by),
    }
    found = ((entry, titles[_kind(entry)].get(entry.object_id or 0)) for entry in entries)
    return [Act(entry, title) for entry, title in found if title]


def _kind(entry: AuditEntry) -> str:
    return next(kind for words, kind in KINDS.items() if entry.verb.startswith(words))


def _by_event(found: "QuerySet[Any]") -> dict[int, str]:
    """The protest that each is about."""
    return dict(found.values_list("pk", "event__title"))


def _countries(entries: list[AuditEntry], by: User) -> dict[int, str]:
    """The country of each rule and card, among those that *by* looks after."""
    ours = card_countries_of(by)
    named = {entry.object_id or 0: entry.codes["country"] for entry in entries if _kind(entry) == "country"}
    return {pk: country_name(code) for pk, code in named.items() if ours is None or code in ours}


def _about(entries: list[AuditEntry], kind: str) -> list[int]:
    return [entry.object_id for entry in entries if _kind(entry) == kind and entry.object_id]


def _people(entries: list[AuditEntry], by: User) -> dict[int, str]:
    """Those whose place changed in an edition that *by* runs, addresses in part only."""
    run = set(campaigns_run_by(by).values_list("pk", flat=True))
    theirs = [entry for entry in entries if entry.codes.get("campaign") in run]
    found = User.objects.filter(pk__in=_about(theirs, "user")).select_related("recipient")
    return {user.pk: masked(user.email) for user in found}


@transaction.atomic
def take_back(act: Act, *, by: User, reason: str) -> str:
    """Says what was done. Raises Refused where somebody has to look."""
    entry = act.entry
    if entry.verb == APPOINTED:
        return _dismiss(entry, by)
    if entry.verb == DISMISSED:
        return _reopen(entry, by)
    if entry.verb == RELEASED:
        return _put_back(entry, by)
    if entry.verb in {PUBLISHED, REFUSED}:
        return _let_wait(entry, by)
    if entry.verb == TOLD:
        return _take_down(entry, by, reason)
    raise Refused(_("Look at it yourself."))


def _dismiss(entry: AuditEntry, by: User) -> str:
    user = User.objects.get(pk=entry.object_id or 0)
    if user == by:
        raise Refused(_("This is you. Another moderator has to take it back."))
    people.remove(Campaign.objects.get(pk=entry.codes["campaign"]), user, by=by)
    return "appointed"


def _reopen(entry: AuditEntry, by: User) -> str:
    closed = Report.objects.filter(event=entry.object_id, outcome=Report.Outcome.DISMISSED)
    if not closed.filter(closed_at=entry.codes.get("closed_at")).update(closed_at=None, outcome=""):
        raise Refused(_("These reports are not closed any more, or closed for another reason."))
    record("reports open again", by=by)
    return "reopened"


def _put_back(entry: AuditEntry, by: User) -> str:
    waiting = Revision.objects.pending().filter(pk=entry.object_id or 0, quarantine="")
    if not waiting.update(quarantine=entry.codes["cause"]):
        raise Refused(_("It was decided on meanwhile."))
    record("put back into quarantine", by=by)
    return "quarantined"


def _let_wait(entry: AuditEntry, by: User) -> str:
    state = entry.verb.removeprefix("sign-on ")
    decided = SignOn.objects.filter(pk=entry.object_id or 0, state=state)
    if not decided.update(state=SignOn.State.PENDING, reason="", decided_at=None):
        raise Refused(_("This signature was decided on or taken back meanwhile."))
    SiteStamp.objects.bump()
    record("sign-on waits again", by=by)
    return "signatures"


def _take_down(entry: AuditEntry, by: User, reason: str) -> str:
    report = AfterReport.objects.get(pk=entry.object_id or 0)
    after_reports.take_report_down(report, by=by, number=report.number, reason=reason)
    return "reports"
