"""Who is at work on what, so that no two moderators decide on the same submission at once."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from accounts.models import User
from events.models import Event, Organiser, Revision
from events.models.event import RevisionQuerySet
from moderation.models import Claim

LASTS = timedelta(minutes=10)

# One statement, so that of two who press at once one gets it.
_CLAIM = """
    INSERT INTO moderation_claim AS held (event_id, user_id, until) VALUES (%(event)s, %(user)s, %(until)s)
    ON CONFLICT (event_id) DO UPDATE SET user_id = excluded.user_id, until = excluded.until
    WHERE held.until <= %(now)s OR held.user_id = excluded.user_id
    RETURNING id
"""


def claim(event: Event, *, by: User, now: datetime) -> bool:
    """Keep *event* for *by*, or keep it longer; False while somebody else is at work on it."""
    values: dict[str, Any] = {"event": event.pk, "user": by.pk, "until": now + LASTS, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        return cursor.fetchone() is not None


def take_over(event: Event, *, by: User, now: datetime) -> None:
    """Keep *event* for *by*, whoever was at work on it."""
    Claim.objects.update_or_create(event=event, defaults={"user": by, "until": now + LASTS})


def release(event: Event, *, by: User) -> None:
    """Let others work on *event*, if it was *by* who kept it."""
    Claim.objects.filter(event=event, user=by).delete()


def claim_on(event: Event, now: datetime) -> Claim | None:
    """The claim that keeps *event* for somebody now."""
    return Claim.objects.living(now).filter(event=event).first()


def release_others(event: Event, *, by: User) -> None:
    """Let others work on whatever *by* kept but for *event*: nobody is at work on two at once."""
    Claim.objects.filter(user=by).exclude(event=event).delete()


def kept_by(revisions: RevisionQuerySet, user: User, now: datetime) -> Revision | None:
    """The first of *revisions* that *user* is at work on."""
    return revisions.filter(Exists(Claim.objects.living(now).filter(event=OuterRef("event"), user=user))).first()


def free_for(revisions: RevisionQuerySet, user: User, now: datetime) -> RevisionQuerySet:
    """Those that *user* could take: nobody is at work on them, and they are not about a protest of their own."""
    claimed = Claim.objects.living(now).filter(event=OuterRef("event"))
    own = Organiser.objects.filter(event=OuterRef("event"), user=user)
    return revisions.filter(~Exists(claimed), ~Exists(own))


def claim_next(waiting: RevisionQuerySet, *, by: User, now: datetime) -> Revision | None:
    """Keep the first of *waiting* that is free for *by*; None if none is. Many may press at once: each passes over the
    rows that others are just taking, and asks again for one that was taken while it looked."""
    free = free_for(waiting, by, now).select_related("event")
    while True:
        with transaction.atomic():
            found = free.select_for_update(of=("event", "self"), no_key=True, skip_locked=True).first()
            if found is None:
                return None
            if claim(found.event, by=by, now=now):
                release_others(found.event, by=by)
                return found


def forget_over(now: datetime) -> None:
    """Who was at work on what is nobody's business afterwards."""
    Claim.objects.filter(until__lte=now).delete()
