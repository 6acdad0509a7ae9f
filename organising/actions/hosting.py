"""A collective hosts a protest: its members organise it as long as it does (docs/decisions/0028-collectives.md)."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import Refused
from events.models import Collective, Event, EventSupport, Organiser, SiteStamp
from organising.actions.people import check_chooses, locked
from organising.emails import support as emails
from organising.groups import chiefs_of


def lend_to(collective: Collective, users: Iterable[int]) -> None:
    """Make these members organisers of all that the collective hosts; a role of their own stays. Needs the lock."""
    _lend(collective, Event.objects.filter(host=collective).values_list("pk", flat=True), users)


def _lend(collective: Collective, events: Iterable[int], users: Iterable[int]) -> None:
    members = list(users)
    Organiser.objects.bulk_create(
        [
            Organiser(event_id=event, user_id=user, role=Organiser.Role.CO_ORGANISER, collective=collective)
            for event in events
            for user in members
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def set_host(event: Event, collective: Collective, *, by: User) -> Event:
    """Let a collective host the protest: an owner of the one who is an admin of the other, so that no member lends its
    name and the trust in it. Its other admins are told."""
    event = locked(event)
    check_chooses(event, by=by)
    _lock_hosts(event.host_id, collective.pk)
    collective.refresh_from_db()
    if collective.state == Collective.State.HIDDEN or not chiefs_of(collective).filter(user=by).exists():
        raise Refused(_("Choose a collective that you belong to."))
    if event.host_id == collective.pk:
        return event
    _take_off(event)
    event.host = collective
    event.save(update_fields=["host"])
    EventSupport.objects.filter(event=event, collective=collective).delete()
    _lend(collective, [event.pk], collective.memberships.values_list("user", flat=True))
    record("host set", by=by, on=event, collective=collective.pk)
    emails.post_hosted(event, collective, by=by)
    _renew_public_page(event)
    return event


@transaction.atomic
def end_hosting(event: Event, *, by: User) -> Event:
    """An owner of the protest, or an admin of the collective, ends it. Members lose what they had by it."""
    event = locked(event)
    if event.host is None:
        return event
    if not (chiefs_of(event).filter(user=by).exists() or chiefs_of(event.host).filter(user=by).exists()):
        raise Refused(_("You do not choose these people any more."))
    _lock_hosts(event.host_id)
    record("host taken off", by=by, on=event, collective=event.host_id)
    _take_off(event)
    _renew_public_page(event)
    return event


def _lock_hosts(*collectives: int | None) -> None:
    """Nobody joins them meanwhile; of several always the lowest first, so that no two wait for each other."""
    list(Collective.objects.select_for_update(no_key=True).filter(pk__in=filter(None, collectives)).order_by("pk"))


def _take_off(event: Event) -> None:
    Organiser.objects.filter(event=event).exclude(collective=None).delete()
    event.host = None
    event.save(update_fields=["host"])


def _renew_public_page(event: Event) -> None:
    if event.is_visible:
        SiteStamp.objects.bump()
