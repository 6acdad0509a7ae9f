"""After an edition, organisers are asked whether their accounts are to stay. Whoever has not said yes a week later is
erased. Moderators and admins are not asked: somebody has given them their rights, and takes them away. Blocked
accounts stay, or they would not stay blocked."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.erasing import erase
from accounts.models import User
from events.models import Campaign, Organiser
from outbox.actions import post_many
from outbox.models import Priority
from outbox.quiet import after_quiet_hours

LETTER = "stay"
TIME_TO_ANSWER = timedelta(days=7)
MOST_AT_ONCE = 200


def ask(now: datetime) -> int:
    """Ask everybody whose last edition ended a week before it is forgotten. Returns how many."""
    edition = _last_over(now)
    if edition is None:
        return 0
    not_before = after_quiet_hours(now, ZoneInfo(edition.timezone))
    with transaction.atomic():
        asked = _done_with(edition).filter(Q(asked_to_stay_at=None) | Q(asked_to_stay_at__date__lte=edition.actions_to))
        people = list(
            asked.select_related("recipient").select_for_update(of=("self",), skip_locked=True)[:MOST_AT_ONCE]
        )
        User.objects.filter(pk__in=[user.pk for user in people]).update(asked_to_stay_at=now)
        mails = [
            (user.recipient, f"stay:{user.pk}:{edition.pk}", {"user": user.pk, "quiet": edition.timezone})
            for user in people
        ]
        post_many(LETTER, mails, priority=Priority.NOTICE, not_before=not_before)
    return len(people)


def erase_the_silent(now: datetime) -> int:
    """Erase those who were asked a week ago and said nothing. Returns how many."""
    edition = _last_over(now)
    if edition is None:
        return 0
    asked = {"asked_to_stay_at__date__gt": edition.actions_to, "asked_to_stay_at__lte": now - TIME_TO_ANSWER}
    silent = _done_with(edition).filter(**asked)
    silent = silent.filter(Q(said_stay_at=None) | Q(said_stay_at__lt=F("asked_to_stay_at")))
    people = list(silent.select_related("recipient")[:MOST_AT_ONCE])
    for user in people:
        erase(user.recipient)
    return len(people)


def _last_over(now: datetime) -> Campaign | None:
    ended = Campaign.objects.ended_before(now - timedelta(days=settings.FORGET_AFTER_DAYS) + TIME_TO_ANSWER)
    return ended.order_by("-actions_to").first()


def _done_with(edition: Campaign) -> "QuerySet[User]":
    """Accounts made before *edition* was over, of people who organise nothing in a later one."""
    later = Organiser.objects.filter(user=OuterRef("pk"), event__campaign__actions_to__gt=edition.actions_to)
    people = User.objects.filter(date_joined__date__lte=edition.actions_to, is_active=True)
    people = people.filter(is_staff=False, is_superuser=False)
    return people.filter(coordinator_of=None).exclude(Exists(later)).order_by("pk")
