"""One account and what it did: what a moderator may know of it, and taking all of it back at one press.

What organisers sent is for whoever decides on their countries; what a moderator decided, for those who run the edition.
Each step leaves what a single one would leave. Where one is refused the others go on, and a second press is harmless.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from accounts.actions import block, log_out_everywhere, record
from accounts.models import User
from events.actions import Refused
from events.models import Campaign, Coordinator, Decision, Event, EventChange, Organiser, Revision, Trust
from events.models.event import RevisionQuerySet
from moderation import actions, people, trail_undo
from moderation.actions.trust import take_back
from moderation.bulk import AT_ONCE as MOST_REJECTED
from moderation.bulk import reject_each
from moderation.permissions import campaigns_run_by, events_of, revisions_of, trust_of
from moderation.trail_undo import Act, acts_of

# Protests and decisions at one press; submissions are rejected a thousand at once (bulk.py).
AT_ONCE = 200

Verb = Decision.Verb
Kind = EventChange.Kind


@dataclass(frozen=True)
class Sent:
    """What an organiser has standing: `waiting` is rejected, `alone` hidden and `trust` taken back; `shared` is also in
    the hands of others, and stays."""

    waiting: list[Revision]
    alone: list[Event]
    shared: list[Event]
    trust: list[Trust]

    @property
    def is_empty(self) -> bool:
        return not (self.waiting or self.alone or self.trust)


class Fate(StrEnum):
    """What becomes of a decision."""

    BACK = "back"
    HIDE = "hide"
    RESTORE = "restore"
    STAYS = "stays"


@dataclass(frozen=True)
class Decided:
    """What a moderator has decided since some moment and what becomes of it, the latest first; what else they did and
    the trust that they gave since then; and the editions in which they are moderators."""

    steps: list[tuple[Decision, Fate]]
    acts: list[Act]
    trust: list[Trust]
    campaigns: list[Campaign]


@dataclass
class Outcome:
    """How many of what was done, and what was refused with the reason."""

    done: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[str, str]] = field(default_factory=list)

    def attempt(self, title: str, act: Callable[[], str]) -> None:
        """Do one step, which says what it was."""
        try:
            self.done[act()] += 1
        except Refused as refusal:
            self.refused.append((title, str(refusal)))


def account_known_to(by: User, actor_id: UUID) -> User | None:
    """The account with this number, if it did anything that is for *by* to decide on."""
    account = User.objects.filter(actor_id=actor_id).first()
    if account is None:
        return None
    has_sent = sent_to(by, account).exists() or events_of(by).organised_by(account).exists()
    return account if has_sent or is_moderator_under(by, account) else None


def sent_to(by: User, account: User) -> RevisionQuerySet:
    """All versions that *account* sent and *by* decides on."""
    return revisions_of(by).filter(author=account)


def is_moderator_under(by: User, account: User) -> bool:
    """Whether *account* decides, or has decided, in an edition that *by* runs. Superusers are under their like."""
    if account.is_superuser and not by.is_superuser:
        return False
    run = campaigns_run_by(by)
    return (
        Coordinator.objects.filter(campaign__in=run, user=account).exists()
        or Decision.objects.filter(event__campaign__in=run, actor_id=account.actor_id).exists()
    )


def sent_by(account: User, by: User) -> Sent:
    """What would be taken back of what *account* sent, as far as *by* may. Past editions stay as they were."""
    others = Organiser.objects.running().filter(event=OuterRef("pk")).exclude(user=account)
    public = events_of(by).visible() | events_of(by).filter(state=Event.State.SCHEDULED)
    public = public.run_by(account).exclude(campaign__state=Campaign.State.ARCHIVED)
    events = public.select_related("city").in_order()
    return Sent(
        waiting=list(sent_to(by, account).pending().select_related("event", "city").oldest_first()),
        alone=list(events.exclude(Exists(others))),
        shared=list(events.filter(Exists(others))),
        trust=list(
            trust_of(by)
            .filter(user=account)
            .select_related("campaign", "user", "collective")
            .order_by("campaign", "country")
        ),
    )


def decided_by(account: User, by: User, *, since: datetime) -> Decided:
    """What would be taken back of what *account* decided since then in the editions that *by* runs."""
    run = campaigns_run_by(by)
    trust = Trust.objects.filter(campaign__in=run, actor_id=account.actor_id, since__gte=since)
    places = run.filter(coordinators__user=account).distinct()
    return Decided(
        steps=[(decision, _fate_of(decision)) for decision in _decisions(account, run, since)],
        acts=acts_of(account, by, since=since),
        trust=list(trust.select_related("campaign", "user", "collective").order_by("campaign", "country")),
        campaigns=list(places.order_by("-actions_from")),
    )


def _decisions(account: User, run: "QuerySet[Campaign]", since: datetime) -> "QuerySet[Decision]":
    """With what their fate hangs on."""
    later = Decision.objects.filter(event=OuterRef("event"), pk__gt=OuterRef("pk"), undone_by=None)
    changes = EventChange.objects.filter(event=OuterRef("event"), at=OuterRef("at"))
    newer = Revision.objects.filter(event=OuterRef("event"), number__gt=OuterRef("revision__number"))
    theirs = Decision.objects.filter(event__campaign__in=run, actor_id=account.actor_id, at__gte=since, undone_by=None)
    return (
        theirs.select_related("event", "revision")
        .annotate(
            is_overruled=Exists(later.exclude(verb=Verb.UNDO).exclude(actor_id=account.actor_id)),
            has_published=Exists(changes.filter(kind=Kind.PUBLISHED)),
            is_told=Exists(changes.exclude(noticed_at=None)),
            is_changed=Exists(newer),
        )
        .order_by("-at", "-pk")
    )


def _fate_of(decision: Any) -> Fate:
    if decision.verb in {Verb.UNDO, Verb.HAND_OVER} or decision.is_overruled:
        return Fate.STAYS
    if decision.has_published and (decision.is_told or decision.is_changed):
        return Fate.HIDE
    if decision.is_told and decision.verb == Verb.MERGE:
        return Fate.RESTORE
    return Fate.BACK


def _check(account: User, by: User, reason: str) -> None:
    if account == by:
        raise Refused(_("This is you. Another moderator has to take it back."))
    if not reason.strip():
        raise Refused(_("Say why: the organisers get your words by mail."))


def undo_sent(account: User, *, by: User, reason: str, is_blocked: bool = False) -> Outcome:
    """Reject what waits, hide what is public and nobody else's, trust them no more; superusers may close the account
    too, first of all."""
    _check(account, by, reason)
    outcome = Outcome()
    if is_blocked and by.is_superuser:
        block(account, by=by)
        outcome.done["closed"] += 1
    sent = sent_by(account, by)
    take_back(sent.trust, by=by)
    outcome.done["trust"] += len(sent.trust)
    rejected = reject_each(sent.waiting[:MOST_REJECTED], by=by, reason=reason)
    outcome.done["rejected"] += rejected.done
    outcome.refused += [(revision.title, why) for revision, why in rejected.refused]
    for event in sent.alone[:AT_ONCE]:
        outcome.attempt(event.title, partial(_hide, event, by, reason))
    _leave_a_trace("all taken back that was sent", outcome, account, by)
    return outcome


def undo_decided(account: User, *, by: User, reason: str, since: datetime) -> Outcome:
    """Log them out and take their place from them, so that they cannot go on meanwhile; then take back what they have
    decided since then, or decide what comes closest to it."""
    _check(account, by, reason)
    if not is_moderator_under(by, account):
        raise Refused(_("You do not look after the people of this edition any more."))
    outcome = Outcome()
    log_out_everywhere(account, by=by)
    found = decided_by(account, by, since=since)
    for campaign in found.campaigns:
        outcome.attempt(campaign.slug, partial(_remove, campaign, account, by))
    take_back(found.trust, by=by)
    outcome.done["trust_of_others"] += len(found.trust)
    for act in found.acts[:AT_ONCE]:
        outcome.attempt(act.title, partial(trail_undo.take_back, act, by=by, reason=reason))
    for decision, fate in found.steps[:AT_ONCE]:
        verb = {Fate.HIDE: _hide, Fate.RESTORE: _restore}.get(fate)
        step = partial(verb, decision.event, by, reason) if verb else partial(_take_back, decision, by, reason)
        outcome.attempt(decision.event.title, step)
    _leave_a_trace("all taken back that was decided", outcome, account, by)
    return outcome


def _hide(event: Event, by: User, reason: str) -> str:
    event.refresh_from_db()
    approved = event.revisions.filter(state=Revision.State.APPROVED).order_by("-number").first()
    if event.is_scheduled and approved:
        actions.reject_revision(approved, by=by, reason=reason)
        return "rejected"
    actions.hide_event(event, by=by, reason=reason)
    return "hidden"


def _restore(event: Event, by: User, reason: str) -> str:
    actions.restore_event(event, by=by, reason=reason)
    return "restored"


def _remove(campaign: Campaign, account: User, by: User) -> str:
    people.remove(campaign, account, by=by)
    return "removed"


def _take_back(decision: Decision, by: User, reason: str) -> str:
    try:
        actions.undo_decision(decision, by=by)
    except actions.HeardOf:
        # Its followers were told just now.
        act = _restore if decision.verb == Verb.MERGE else _hide
        return act(decision.event, by, reason)
    return "undone"


def _leave_a_trace(verb: str, outcome: Outcome, account: User, by: User) -> None:
    record(verb, by=by, on=account, refused=len(outcome.refused), **+outcome.done)
