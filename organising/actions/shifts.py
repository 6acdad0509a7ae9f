"""What becomes of shifts: organisers ask for helpers; helpers offer, say yes, leave.

Whoever changes anything of a protest's shifts locks the protest first and its shifts after it: so no place is given
twice, and the number of free places that the public page goes by is right. The line decides alone who is in: the first
`needed` of those who said yes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import Refused
from events.models import Campaign, Event, SiteStamp
from organising.models import HelpersTold, Shift, ShiftSignUp
from organising.shift_letters import CONFIRM, What, tell
from organising.shifts import can_help, miscounted, wanted
from outbox import actions as outbox
from outbox import purges
from outbox.actions import recipient_for
from outbox.models import Purge, Recipient
from outbox.sealing import seal
from reminders.actions import choose_language

State = ShiftSignUp.State
LINK_LIVES = timedelta(hours=settings.UNCONFIRMED_HOURS)
MOST_SHIFTS = 60
# More wishes than this at once are a flood, or a mistake.
MOST_WISHES = 30

# The same statement whether the address is new, known or refused. A wish that waits is renewed; what was confirmed is
# not for strangers to change, and whoever was removed stays removed, whatever stands behind a plus sign.
_WISH = """
    INSERT INTO organising_shiftsignup AS known (shift_id, recipient_id, name, language, key, state, created_at)
    SELECT s.id, r.id, %(name)s, %(language)s, %(key)s, 'unconfirmed', %(now)s
    FROM outbox_recipient r, organising_shift s
    WHERE r.id = %(recipient)s AND r.suspended_at IS NULL AND r.never_again_at IS NULL AND s.id = ANY(%(shifts)s)
      AND (SELECT count(*) FROM organising_shiftsignup w WHERE w.recipient_id = r.id AND w.state = 'unconfirmed')
          < %(most)s
      AND NOT EXISTS (
          SELECT FROM organising_shiftsignup gone JOIN outbox_recipient same ON same.id = gone.recipient_id
          WHERE gone.shift_id = s.id AND gone.state = 'removed' AND same.mailbox_hash = r.mailbox_hash
      )
    ON CONFLICT (shift_id, recipient_id) DO UPDATE
    SET name = excluded.name, language = excluded.language, key = excluded.key, created_at = excluded.created_at,
        state = 'unconfirmed', confirmed_at = NULL, in_since = NULL
    WHERE known.state = 'unconfirmed' OR (known.state = 'left' AND known.key <> excluded.key)
"""


@dataclass(frozen=True)
class Need:
    """What a shift is: the job, when it is from the start of the protest, how many, and what to know."""

    job: str
    label: str
    starts_after: timedelta
    ends_after: timedelta
    needed: int
    note: str = ""

    def is_another_duty_than(self, shift: Shift) -> bool:
        """Whether those who have taken *shift* would have to do something else, or at another time."""
        return any(getattr(self, name) != getattr(shift, name) for name in ("job", "label", *_TIMES))


_TIMES = ("starts_after", "ends_after")


def _lock(events: Iterable[int]) -> list[Event]:
    """These protests, in an order that all keep to."""
    rows = Event.objects.select_for_update(of=("self",), no_key=True).select_related("campaign", "city")
    return list(rows.filter(pk__in=set(events)).order_by("pk"))


def _locked(shift: Shift) -> Shift:
    """The shift and its protest, locked. Refused if somebody has removed it."""
    [event] = _lock([shift.event_id])
    locked = Shift.objects.select_for_update().filter(pk=shift.pk, removed_at=None).first()
    if locked is None:
        raise Refused(_("This shift was removed meanwhile."))
    locked.event = event
    return locked


def _check_open(event: Event, now: datetime) -> None:
    if not can_help(event, now):
        raise Refused(_("Helpers can be asked for only while the protest is public and not over."))


def _count(event: Event, now: datetime) -> None:
    """Keep the number of free places; the public page is made anew only when it begins or ends to ask for helpers."""
    number = wanted(event, now)
    if number == event.helpers_wanted:
        return
    Event.objects.filter(pk=event.pk).update(helpers_wanted=number)
    if bool(number) != bool(event.helpers_wanted):
        SiteStamp.objects.bump()
    event.helpers_wanted = number


@dataclass(frozen=True)
class _Moved:
    """Who got a place, and who lost one."""

    up: list[ShiftSignUp]
    down: list[ShiftSignUp]


def _settle(shift: Shift, now: datetime) -> _Moved:
    """The first `needed` of the line are in, all others wait: nobody is passed over, and no place stays free."""
    line = list(shift.sign_ups.in_line().select_related("recipient").order_by("line"))
    up = [one for one in line[: shift.needed] if one.state == State.WAITING]
    down = [one for one in line[shift.needed :] if one.state == State.IN]
    # Those who lose their place first, so that at no instant more are in than are needed.
    ShiftSignUp.objects.filter(pk__in=[one.pk for one in down]).update(state=State.WAITING, in_since=None)
    ShiftSignUp.objects.filter(pk__in=[one.pk for one in up]).update(state=State.IN, in_since=now)
    return _Moved(up, down)


def _settle_and_tell(shift: Shift, now: datetime) -> None:
    moved = _settle(shift, now)
    for what, people in ((What.UP, moved.up), (What.DOWN, moved.down)):
        for sign_up in people:
            tell(what, sign_up.recipient, shift, [sign_up.pk], now)
    _count(shift.event, now)


# What organisers do


@transaction.atomic
def add_shift(event: Event, need: Need, *, by: User) -> Shift:
    now = timezone.now()
    [event] = _lock([event.pk])
    _check_open(event, now)
    standing = event.shifts.standing()
    same = standing.filter(**vars(need), created_at__gt=now - timedelta(minutes=1)).first()
    if same:
        return same
    if standing.count() >= MOST_SHIFTS:
        raise Refused(_("There are too many shifts. Remove some, or ask for more people in one."))
    last = standing.aggregate(last=Max("position"))["last"] or 0
    shift = Shift.objects.create(event=event, position=last + 1, created_at=now, time_set_at=now, **vars(need))
    record("shift added", by=by, on=event, shift=shift.pk)
    _count(event, now)
    return shift


@transaction.atomic
def change_shift(shift: Shift, need: Need, *, by: User) -> Shift:
    """If the job or the time is another one, those who have taken it are told. If fewer are needed than are in, the
    last who came go to the front of the waiting list, and are told as well."""
    now = timezone.now()
    shift = _locked(shift)
    _check_open(shift.event, now)
    is_another = need.is_another_duty_than(shift)
    if any(getattr(need, name) != getattr(shift, name) for name in _TIMES):
        shift.time_set_at = now
    for name, value in vars(need).items():
        setattr(shift, name, value)
    shift.save()
    record("shift changed", by=by, on=shift.event, shift=shift.pk)
    if is_another:
        _tell_all(What.CHANGED, shift, now)
    _settle_and_tell(shift, now)
    return shift


def _tell_all(what: What, shift: Shift, now: datetime) -> None:
    for sign_up in shift.sign_ups.in_line().select_related("recipient").order_by("line"):
        tell(what, sign_up.recipient, shift, [sign_up.pk], now)


@transaction.atomic
def enough(shift: Shift, *, by: User) -> Shift:
    """As many as are in are enough. Whoever comes now waits, in case somebody leaves."""
    now = timezone.now()
    shift = _locked(shift)
    taken = shift.sign_ups.taken().count()
    if taken < shift.needed:
        shift.needed = taken
        shift.save(update_fields=["needed"])
        record("shift has enough", by=by, on=shift.event, shift=shift.pk)
        _count(shift.event, now)
    return shift


@transaction.atomic
def remove_shift(shift: Shift, *, by: User) -> Shift:
    """It falls away; those who had taken it are told. The row stays, so that the mail can say what it was."""
    now = timezone.now()
    [event] = _lock([shift.event_id])
    locked = Shift.objects.select_for_update().get(pk=shift.pk)
    locked.event = event
    if locked.removed_at is None:
        locked.removed_at = now
        locked.save(update_fields=["removed_at"])
        locked.sign_ups.filter(state=State.UNCONFIRMED).delete()
        record("shift removed", by=by, on=event, shift=shift.pk)
        if can_help(event, now):
            _tell_all(What.SHIFT_REMOVED, locked, now)
        _count(event, now)
    return locked


@transaction.atomic
def remove_person(sign_up: ShiftSignUp, *, by: User) -> ShiftSignUp:
    """Take somebody out of a shift: told by mail, and not to come back into this one."""
    now = timezone.now()
    shift = _locked(sign_up.shift)
    sign_up = shift.sign_ups.select_related("recipient").get(pk=sign_up.pk)
    if sign_up.is_living:
        _take_out(sign_up, State.REMOVED)
        same_mailbox = shift.sign_ups.filter(recipient__mailbox_hash=sign_up.recipient.mailbox_hash)
        same_mailbox.filter(state=State.UNCONFIRMED).delete()
        record("helper removed", by=by, on=shift.event, shift=shift.pk)
        tell(What.REMOVED, sign_up.recipient, shift, [sign_up.pk], now)
        _settle_and_tell(shift, now)
    return sign_up


def _take_out(sign_up: ShiftSignUp, state: State) -> None:
    """Out of the line; nobody needs the name any more."""
    sign_up.state, sign_up.line, sign_up.in_since, sign_up.name = state, None, None, ""
    sign_up.save(update_fields=["state", "line", "in_since", "name"])


# What helpers do


@transaction.atomic
def offer(shifts: Iterable[Shift], address: str, *, name: str, language: str, key: UUID, now: datetime) -> None:
    """Remember what somebody would do and mail a link to confirm it, unless the mailbox had one today: later wishes
    join it. No place is taken yet."""
    outbox.lock_mailbox(address)
    recipient = recipient_for(address, language=language)
    values: dict[str, Any] = {
        "recipient": recipient.pk,
        "shifts": [shift.pk for shift in shifts],
        "name": seal(name, purpose="helper"),
        "language": language,
        "key": key,
        "now": now,
        "most": MOST_WISHES,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WISH, values)
    outbox.post_to_confirm(CONFIRM, recipient, language=language, useful_until=now + LINK_LIVES)


@transaction.atomic
def take(recipient: Recipient, *, language: str) -> list[ShiftSignUp]:
    """Confirm all that this recipient offered: each gets a place, or the next number of the waiting list. Returns them
    as they are now; none the second time."""
    now = timezone.now()
    offered = ShiftSignUp.objects.to_confirm(now).of(recipient)
    events = [event for event in _lock(offered.values_list("shift__event", flat=True)) if can_help(event, now)]
    by_key = {event.pk: event for event in events}
    shifts = {}
    for shift in Shift.objects.select_for_update().standing().filter(event__in=by_key).order_by("pk"):
        shift.event = by_key[shift.event_id]
        shifts[shift.pk] = shift
    confirmed = [
        sign_up
        for sign_up in offered.filter(shift__in=shifts).order_by("shift")
        if shifts[sign_up.shift_id].ends_at > now
    ]
    for sign_up in confirmed:
        _join(sign_up, shifts[sign_up.shift_id], now)
    for event in events:
        _count(event, now)
    if confirmed:
        choose_language(recipient, language)
        recipient.language = language
    for event in events:
        of_event = [sign_up for sign_up in confirmed if shifts[sign_up.shift_id].event_id == event.pk]
        if of_event:
            tell(What.TAKEN, recipient, shifts[of_event[0].shift_id], [one.pk for one in of_event], now)
    return list(ShiftSignUp.objects.with_protest().filter(pk__in=[one.pk for one in confirmed]).order_by("shift"))


def _join(sign_up: ShiftSignUp, shift: Shift, now: datetime) -> None:
    last = shift.sign_ups.aggregate(last=Max("line"))["last"] or 0
    sign_up.state, sign_up.line, sign_up.confirmed_at = State.WAITING, last + 1, now
    sign_up.save(update_fields=["state", "line", "confirmed_at"])
    _settle(shift, now)


@transaction.atomic
def leave(sign_up: ShiftSignUp) -> ShiftSignUp:
    """Give a shift back; the first who waits gets the place and is told."""
    now = timezone.now()
    [event] = _lock([sign_up.shift.event_id])
    shift = Shift.objects.select_for_update().get(pk=sign_up.shift_id)
    shift.event = event
    sign_up = shift.sign_ups.select_related("recipient").get(pk=sign_up.pk)
    was_in_line = sign_up.is_living
    if was_in_line or sign_up.state == State.UNCONFIRMED:
        _take_out(sign_up, State.LEFT)
    if was_in_line and shift.removed_at is None:
        _settle_and_tell(shift, now)
    return sign_up


def leave_all(recipient: Recipient) -> None:
    _forget_people(ShiftSignUp.objects.of(recipient))


@transaction.atomic
def never_again(recipient: Recipient) -> None:
    """Do no shift, keep no address: only the keyed hash that says "never again". An organiser's account needs the
    address: there only the shifts go."""
    leave_all(recipient)
    if not User.objects.filter(recipient=recipient).exists():
        outbox.never_again(recipient)


# What time does


def tidy(now: datetime) -> None:
    """Let go of those who said "never again" elsewhere, and count what is over by time alone."""
    _forget_people(ShiftSignUp.objects.filter(recipient__never_again_at__isnull=False))
    for pk in miscounted(now):
        _count_again(pk, now)


@transaction.atomic
def _count_again(event: int, now: datetime) -> None:
    for locked in _lock([event]):
        _count(locked, now)


@transaction.atomic
def _forget_people(sign_ups: Any) -> None:
    """Delete these rows; whoever waited for one of their places gets it."""
    now = timezone.now()
    events = {event.pk: event for event in _lock(sign_ups.values_list("shift__event", flat=True))}
    gone = list(sign_ups.filter(shift__event__in=events).values_list("pk", "shift"))
    ShiftSignUp.objects.filter(pk__in=[pk for pk, _shift in gone]).delete()
    rows = Shift.objects.select_for_update().standing().filter(pk__in={shift for _pk, shift in gone})
    for shift in rows.order_by("pk"):
        shift.event = events[shift.event_id]
        _settle_and_tell(shift, now)


@transaction.atomic
def forget(now: datetime) -> None:
    """Offers that nobody confirmed in time and what was left go; all shifts and helpers some days after the edition."""
    old = ShiftSignUp.objects.filter(created_at__lt=now - LINK_LIVES)
    old.filter(state__in=[State.UNCONFIRMED, State.LEFT]).delete()
    forget_editions(Campaign.objects.to_forget(now))


def forget_editions(over: "QuerySet[Campaign]") -> None:
    HelpersTold.objects.filter(change__event__campaign__in=over).delete()
    purges.delete(Purge.What.HELPERS, ShiftSignUp.objects.filter(shift__event__campaign__in=over))
    Shift.objects.filter(event__campaign__in=over).delete()
    Event.objects.filter(campaign__in=over, helpers_wanted__gt=0).update(helpers_wanted=0)
