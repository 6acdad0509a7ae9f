"""What moderators do with letters to followers that wait for them. Each verb leaves a line in the trail."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import Refused
from events.models import Organiser
from moderation.permissions import announcements_of, is_own
from organising.actions.announcing import release
from organising.emails.announcement import REFUSED, sample_of
from organising.models import Announcement
from organising.permissions import can_announce
from outbox.actions import post_many
from outbox.letters import Letter
from outbox.models import Priority
from reminders.models import Subscription

PAGE = 50


@dataclass(frozen=True)
class Waiting:
    """A letter as its readers would get it, in each language that it is written in."""

    announcement: Announcement
    letters: list[tuple[str, Letter]]
    followers: int
    is_own: bool


def waiting_for(user: User) -> list[Waiting]:
    """What has waited longest for *user*."""
    found = announcements_of(user).in_review().select_related("event__campaign", "event__city")
    listed = list(found.order_by("sent_at", "pk")[:PAGE])
    events = [announcement.event for announcement in listed]
    followers = Subscription.objects.counted_by_event(events)
    own = set(Organiser.objects.filter(user=user, event__in=events).values_list("event", flat=True))
    return [
        Waiting(
            announcement=one,
            letters=[(language, sample_of(one, language)) for language in one.languages],
            followers=followers.get(one.event_id, 0),
            is_own=one.event_id in own,
        )
        for one in listed
    ]


def _locked(announcement: Announcement, version: int, by: User) -> Announcement:
    """Raises Refused if it is not what was read, or not for *by* to decide on."""
    found = Announcement.objects.select_for_update(of=("self",), no_key=True).select_related("event__campaign")
    announcement = found.get(pk=announcement.pk)
    if is_own(announcement.event, by):
        raise Refused(_("This is your own protest: somebody else decides."))
    if not announcement.is_in_review or announcement.version != version:
        raise Refused(_("This was decided on or taken back meanwhile."))
    return announcement


@transaction.atomic
def release_announcement(announcement: Announcement, *, version: int, by: User) -> Announcement:
    """Let it go to the followers. *version* is what was read."""
    announcement = _locked(announcement, version, by)
    now = timezone.now()
    if not can_announce(announcement.event, now):
        raise Refused(_("This protest is not public any more, or long over: nobody can be told. Refuse it instead."))
    release(announcement, at=now)
    record("announcement released", by=by, on=announcement, event=announcement.event_id)
    return announcement


@transaction.atomic
def refuse_announcement(announcement: Announcement, *, version: int, reason: str, by: User) -> Announcement:
    """Send it back to those who organise the protest, with the reason."""
    if not reason.strip():
        raise Refused(_("Say why: the organisers get your words by mail."))
    announcement = _locked(announcement, version, by)
    announcement.state, announcement.reason = Announcement.State.REFUSED, reason.strip()
    announcement.save(update_fields=["state", "reason"])
    entry = record("announcement refused", by=by, on=announcement, event=announcement.event_id)
    running = Organiser.objects.running().filter(event=announcement.event_id, user__is_active=True)
    recipients = [organiser.user.recipient for organiser in running.select_related("user__recipient")]
    ids = {"announcement": announcement.pk, "event": announcement.event_id}
    mails = [(recipient, f"{REFUSED}:{entry.pk}:{recipient.pk}", ids) for recipient in recipients]
    post_many(REFUSED, mails, priority=Priority.NOTICE)
    return announcement
