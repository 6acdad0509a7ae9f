"""A protest as its organisers see it: the version in hand, its state in words, what moderators said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from events import when
from events.comparison import Line, compare
from events.models import DecisionReason, Event, Picture, Revision
from events.models.event import EventQuerySet
from events.models.picture import Refusal
from organising import still_on
from organising.permissions import can_cancel, can_edit, can_schedule, can_withdraw
from reminders.models import Subscription

Words = Mapping[str, str | Promise]


@dataclass(frozen=True)
class Overview:
    """One protest on the dashboard. `revision` is the newest version, public or not."""

    event: Event
    revision: Revision | None
    reason: str
    followers: int
    question: still_on.Question | None

    @property
    def title(self) -> str:
        return (self.proposal or self.event).display_title

    @property
    def proposal(self) -> Revision | None:
        """The newest version, unless it is the public one."""
        if self.revision is None or self.revision.state == Revision.State.APPROVED:
            return None
        return self.revision

    @property
    def to_edit(self) -> Event | Revision:
        """What a change starts from: the version in hand, a rejected one included, else the public one."""
        if self.proposal and self.proposal.state != Revision.State.WITHDRAWN:
            return self.proposal
        return self.shown

    @property
    def shown(self) -> Event | Revision:
        """What the protest is about: the public version, or the submission before there is one."""
        return self.event if self.event.is_approved else (self.revision or self.event)

    @property
    def state(self) -> str:
        """The state in a few words."""
        return str(EVENT_STATES.get(self.event.state) or self._submission_state)

    @property
    def _submission_state(self) -> object:
        return FIRST_STATES[self.revision.state if self.revision else Revision.State.PENDING]

    @property
    def edit_state(self) -> str:
        """What became of the last change to a public protest; empty if there is none under way."""
        if not self.event.is_approved or self.proposal is None:
            return ""
        return str(EDIT_STATES.get(self.proposal.state, ""))

    @property
    def next_step(self) -> str:
        """What the organiser can do now, in one sentence; empty if there is nothing to do."""
        state = self.proposal.state if self.proposal else ""
        if not can_edit(self.event):
            return ""
        return str(NEXT_STEPS.get(state, ""))

    @property
    def needs_you(self) -> bool:
        return self.may_edit and self.proposal is not None and self.proposal.state in ANSWERED

    @property
    def is_asked(self) -> bool:
        """Whether somebody has to say that it is still on."""
        return self.question is not None and not self.event.is_over and self.question.is_open(timezone.now())

    @property
    def lost_picture(self) -> str:
        """Why the picture that was sent is not there, and what to do; empty if nothing is wrong."""
        picture = self.to_edit.picture
        is_lost = self.may_edit and picture is not None and picture.state == Picture.State.REFUSED
        return str(Refusal(picture.refusal).label) if picture and is_lost else ""

    @property
    def changed(self) -> list[Line]:
        """What an open proposal would change of what is public."""
        if self.proposal is None or not self.event.is_approved or not self.may_withdraw:
            return []
        return [line for line in compare(self.proposal, self.event, timezone.now()) if line.is_changed]

    @property
    def lines(self) -> list[Line]:
        """All that is public or, before that, was sent."""
        return compare(self.shown, None, timezone.now())

    @property
    def may_edit(self) -> bool:
        return can_edit(self.event)

    @property
    def may_cancel(self) -> bool:
        return can_cancel(self.event)

    @property
    def may_withdraw(self) -> bool:
        return can_withdraw(self.proposal) or self.event.is_scheduled

    @property
    def withdraws_change(self) -> bool:
        """Whether withdrawing takes back a change alone, and not the protest."""
        return self.event.is_approved and can_withdraw(self.proposal)

    @property
    def may_schedule(self) -> bool:
        return can_schedule(self.event)

    @property
    def public_from(self) -> str:
        """From when it is public by itself, in words; empty if that is past or nobody has asked for it."""
        moment = self.event.publish_at
        if moment is None or self.event.state not in {Event.State.SUBMITTED, Event.State.SCHEDULED}:
            return ""
        return f"{when.moment_text(moment, self.shown.zone)}, {when.zone_text(self.shown)}"


EVENT_STATES: Words = {
    Event.State.SCHEDULED: _("Approved, not public yet"),
    Event.State.PUBLISHED: _("Public"),
    Event.State.CANCELLED: _("Cancelled"),
    Event.State.HIDDEN: _("Hidden by the moderators"),
    Event.State.WITHDRAWN: _("Withdrawn by you"),
}
FIRST_STATES: Words = {
    Revision.State.PENDING: _("With the moderators"),
    Revision.State.CHANGES_REQUESTED: _("The moderators ask for changes"),
    Revision.State.REJECTED: _("Rejected"),
    Revision.State.WITHDRAWN: _("Withdrawn by you"),
    Revision.State.SUPERSEDED: _("With the moderators"),
}
EDIT_STATES: Words = {
    Revision.State.PENDING: _("Your change is with the moderators. Until they decide, the page stays as it is."),
    Revision.State.CHANGES_REQUESTED: _("The moderators ask for something else before they publish your change."),
    Revision.State.REJECTED: _("The moderators did not publish your last change."),
}
ANSWERED = {Revision.State.CHANGES_REQUESTED, Revision.State.REJECTED}
NEXT_STEPS: Words = {
    Revision.State.PENDING: _("Nothing to do: you get a mail as soon as they have decided."),
    Revision.State.CHANGES_REQUESTED: _("Read what they say, change it and send it again."),
    Revision.State.REJECTED: _("Read what they say. You may change it and send it again."),
}


def overviews(events: EventQuerySet) -> list[Overview]:
    """The protests with all that their organisers are told, in six queries for any number of them."""
    listed = list(events.select_related("campaign", "city", "picture").order_by("day", "start_time", "pk"))
    ids = [event.pk for event in listed]
    latest = Revision.objects.filter(event__in=ids).order_by("event", "-number").distinct("event")
    newest = {revision.event_id: revision for revision in latest.select_related("city", "picture")}
    reasons = _reasons(newest.values())
    questions = still_on.questions_of(ids)
    following = Subscription.objects.confirmed().filter(event__in=ids)
    followers = dict(following.order_by().values_list("event").annotate(Count("pk")))
    return [
        Overview(
            event=event,
            revision=newest.get(event.pk),
            reason=reasons.get(event.pk, ""),
            followers=followers.get(event.pk, 0),
            question=questions.get(event.pk),
        )
        for event in listed
    ]


def overview_of(event: Event) -> Overview:
    """One protest with all that its organisers are told."""
    return overviews(Event.objects.filter(pk=event.pk))[0]


def _reasons(revisions: Iterable[Revision]) -> dict[int, str]:
    """The moderators' words on these versions, or on the protest as a whole, by protest: the latest ones."""
    by_event = {revision.event_id: revision.pk for revision in revisions}
    said = DecisionReason.objects.filter(decision__event__in=by_event).select_related("decision").order_by("decision")
    return {
        reason.decision.event_id: reason.text
        for reason in said
        if reason.decision.revision_id in {None, by_event[reason.decision.event_id]}
    }
