"""Which changes of a public protest somebody has to look at before anybody relies on them, and whose go public at once.

A stolen account must not send people to another place at the last moment: a late or large move, or another link, waits
even if its author is trusted, for a moderator or for a co-organiser who has been there for a while.
"""

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from django.db.models import Exists, Q, QuerySet

from accounts.models import User
from events.blocklist import listed_in
from events.distance import kilometres
from events.models import Audience, Collective, Decision, Event, EventDetails, Organiser, Revision, Trust
from events.models.details import Place
from events.rewriting import TIME_FIELDS

FAR_KM = 3
MUCH = timedelta(hours=2)
LATE = timedelta(hours=48)
STANDING = timedelta(days=7)


class Way(StrEnum):
    """What happens to a change that is sent."""

    AT_ONCE = "at_once"
    # Somebody has to look at it at once: a moderator, or another organiser.
    SENSITIVE = "sensitive"
    # Trusted, but nobody has seen its picture yet.
    PICTURE = "picture"
    WAITS = "waits"


def way_of(revision: Revision, event: Event, now: datetime) -> Way:
    """Whether a change of *event* goes public at once or who looks at it first. It need not be saved yet."""
    if event.state != Event.State.PUBLISHED:
        return Way.WAITS
    if any(is_sensitive(old, revision, now) for old in (event, *_last_seen(event))):
        return Way.SENSITIVE
    if not is_trusted(revision.author, event, revision) or _is_blocked(revision):
        return Way.WAITS
    return Way.AT_ONCE if has_been_seen(revision) else Way.PICTURE


def _is_blocked(revision: Revision) -> bool:
    """Whether something in it is on a list of what moderators look at, from whomever it comes."""
    return bool(listed_in(revision.details(), revision.author.email if revision.author else ""))


def _last_seen(event: Event) -> list[Revision]:
    """What a moderator or co-organiser last stood for: small steps of one who is trusted must not make a large one."""
    stood_for = Q(is_sensitive=True) | Q(decisions__verb__in=[Decision.Verb.APPROVE, Decision.Verb.APPROVE_AND_TRUST])
    seen = event.revisions.filter(stood_for, state=Revision.State.APPROVED)
    return list(seen.select_related("city").order_by("-number")[:1])


def has_been_seen(revision: Revision) -> bool:
    """A picture that is still being prepared, nobody has."""
    return revision.picture is None or not revision.picture.is_waiting


def is_sensitive(old: EventDetails, new: EventDetails, now: datetime) -> bool:
    """Whether a change from *old* to *new* has to be looked at, by whomever it was made."""
    is_large = is_moved_far(old, new, now) or is_moved_much(old, new)
    return is_large or is_moved_late(old, new, now) or old.contact_link != new.contact_link


def is_moved_far(old: EventDetails, new: EventDetails, now: datetime) -> bool:
    """By more than three kilometres; where a position is missing, to any other place."""
    here, there = _place(old, now), _place(new, now)
    far = moved_km(here, there)
    return _described(old, here) != _described(new, there) if far is None else far > FAR_KM


def moved_km(here: Place, there: Place) -> float | None:
    """How far two places lie apart; None if one of them has no position."""
    if here.lat is None or here.lon is None or there.lat is None or there.lon is None:
        return None
    return kilometres((float(here.lat), float(here.lon)), (float(there.lat), float(there.lon)))


def is_moved_much(old: EventDetails, new: EventDetails) -> bool:
    """To another day, by more than two hours, or where an hour was added or taken away."""
    if old.day != new.day or (old.start_time is None) != (new.start_time is None):
        return True
    return abs(begin(new) - begin(old)) > MUCH


def is_moved_late(old: EventDetails, new: EventDetails, now: datetime) -> bool:
    """Any change of time or place while the start, old or new, is less than 48 hours away or past."""
    is_moved = _when_and_where(old, now) != _when_and_where(new, now)
    return is_moved and any(_is_near(details, now) for details in (old, new))


def begin(details: EventDetails) -> datetime:
    """The instant of the start; without an hour, of the first one of its day. Told from day, hour and zone alone, as
    what PostgreSQL works out is not there before an INSERT."""
    return datetime.combine(details.day, details.start_time or time.min, details.zone).astimezone(UTC)


def _is_near(details: EventDetails, now: datetime) -> bool:
    last = begin(details) if details.start_time else begin(details) + timedelta(days=1)
    return begin(details) - LATE <= now <= last + LATE


def _place(details: EventDetails, now: datetime) -> Place:
    return details.place_for(Audience.INSIDER, now)


def _described(details: EventDetails, place: Place) -> list[object]:
    return [details.place_kind, place.country, place.city, place.venue, place.address]


def _when_and_where(details: EventDetails, now: datetime) -> list[object]:
    return [*(getattr(details, name) for name in (*TIME_FIELDS, "end_time", "place_kind")), _place(details, now)]


def is_trusted(user: User | None, event: Event, version: EventDetails) -> bool:
    """Whether moderators trust *user*, or the collective that hosts this protest and that *user* organises it for, in
    the country of the protest and in the one that it would move to."""
    if user is None or not user.is_active:
        return False
    countries = {event.country, version.country}
    given = Trust.objects.filter(campaign=event.campaign_id, country__in=countries)
    trusted = given.filter(Q(user=user) | Q(collective__in=_hosts_for(user, event)))
    return set(trusted.values_list("country", flat=True)) == countries


def _hosts_for(user: User, event: Event) -> "QuerySet[Collective]":
    """The collective that hosts *event*, if *user* is a member who runs it; nothing else."""
    runs = Organiser.objects.running().filter(event=event, user=user)
    return Collective.objects.public().of(user).filter(hosted=event).filter(Exists(runs))


def can_confirm(revision: Revision, event: Event, user: User, now: datetime) -> bool:
    """Whether *user* may publish a sensitive change in the place of a moderator: one by somebody else, who is trusted,
    to a public protest that they have organised together for a week."""
    is_waiting = revision.is_pending and revision.is_sensitive and event.state == Event.State.PUBLISHED
    if not is_waiting or event.is_over or revision.author_id == user.pk:
        return False
    is_of_standing = event.organisers.running().filter(user=user, since__lte=now - STANDING).exists()
    return is_of_standing and is_trusted(revision.author, event, revision)
