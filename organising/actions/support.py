"""Collectives stand behind protests: one side asks or offers, the other says yes; either ends it."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import Refused
from events.models import Collective, Event, EventSupport, Membership, Organiser, SiteStamp
from organising.actions.people import locked
from organising.emails import support as emails

State = EventSupport.State
# What one side has started waits for the other.
ANSWERS = {State.ASKED: State.OFFERED, State.OFFERED: State.ASKED}
MOST = 50


def speaks_for(collective: Collective, user: User) -> bool:
    return Membership.objects.admins().filter(collective=collective, user=user).exists()


def runs(event: Event, user: User) -> bool:
    return Organiser.objects.running().filter(event=event, user=user).exists()


@transaction.atomic
def ask(event: Event, collective: Collective, *, by: User) -> EventSupport:
    """An organiser asks a collective to support the protest. What it has offered already is confirmed by that."""
    return _start(locked(event), collective, State.ASKED, by=by)


@transaction.atomic
def offer(event: Event, collective: Collective, *, by: User) -> EventSupport:
    """A collective offers its support. What was asked of it already is confirmed by that."""
    return _start(locked(event), collective, State.OFFERED, by=by)


def _start(event: Event, collective: Collective, state: State, *, by: User) -> EventSupport:
    is_theirs = runs(event, by) if state == State.ASKED else speaks_for(collective, by)
    if not is_theirs:
        raise Refused(_("You do not speak for this side any more."))
    _check_fits(event, collective)
    support = EventSupport.objects.filter(event=event, collective=collective).first()
    if support is None:
        if event.supports.count() >= MOST:
            raise Refused(_("These are many collectives. End some first."))
        support = EventSupport.objects.create(
            event=event, collective=collective, state=state, created_at=timezone.now()
        )
        record(f"support {state}", by=by, on=event, collective=collective.pk)
        emails.post_support(support)
    elif support.state == ANSWERS[state]:
        _confirm(support, by=by)
    return support


def _check_fits(event: Event, collective: Collective) -> None:
    if event.state != Event.State.PUBLISHED or event.is_over:
        raise Refused(_("Only a protest that is public and not over can be supported."))
    if not Collective.objects.public().filter(pk=collective.pk).exists():
        raise Refused(_("Only a collective that is public can support a protest."))
    if event.host_id == collective.pk:
        raise Refused(_("This collective hosts the protest already."))


@transaction.atomic
def confirm(support: EventSupport, *, by: User) -> EventSupport:
    """The other side says yes; twice is once."""
    event = locked(support.event)
    found = EventSupport.objects.select_related("collective").filter(pk=support.pk).first()
    if found is None:
        raise Refused(_("The other side has taken it back meanwhile."))
    if found.state == State.CONFIRMED:
        return found
    is_theirs = speaks_for(found.collective, by) if found.state == State.ASKED else runs(event, by)
    if not is_theirs:
        raise Refused(_("The other side has to confirm this."))
    _check_fits(event, found.collective)
    return _confirm(found, by=by)


def _confirm(support: EventSupport, *, by: User) -> EventSupport:
    was = support.state
    support.state, support.confirmed_at = State.CONFIRMED, timezone.now()
    support.save(update_fields=["state", "confirmed_at"])
    record("support confirmed", by=by, on=support.event, collective=support.collective_id)
    emails.post_support(support, was=was)
    SiteStamp.objects.bump()
    return support


@transaction.atomic
def end(support: EventSupport, *, by: User) -> None:
    """Declined, taken back or ended, by either side. Who has ended it already stays done."""
    event = locked(support.event)
    if not (runs(event, by) or speaks_for(support.collective, by)):
        raise Refused(_("You do not speak for this side any more."))
    deleted, _by_model = EventSupport.objects.filter(pk=support.pk).delete()
    if deleted:
        record("support ended", by=by, on=event, collective=support.collective_id)
        SiteStamp.objects.bump()
