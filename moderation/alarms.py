"""Mails to those who run the site when its mail does not leave: at once and at night too, since reminders are due in
the morning. Numbers only. At most one an hour and kind for each admin; the same words go to the log as an error, for
the mail waits in the very outbox that it tells of."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from outbox import meter
from outbox.actions import post
from outbox.letters import Letter, register
from outbox.models import Delivery, Priority
from outbox.rendering import render_letter

logger = logging.getLogger(__name__)

LETTER = "alarm"
GAP = timedelta(hours=1)
# Nothing was accepted for so long although mail was due or tried.
SILENCE = timedelta(minutes=10)
# A few mails that some server wants later are no outage.
MANY_TRIED = 20
STAYS_USEFUL = timedelta(days=1)
# Only one planner at a time, so that each sees what the other has said. Any number that nobody else locks.
_LOCK = 4_204_007


class Alarm(models.TextChoices):
    LATE = "late", _("Mail leaves late")
    STOPPED = "stopped", _("No mail leaves")
    QUARANTINED = "quarantined", _("Mail is in quarantine")


def found(now: datetime) -> dict[Alarm, int]:
    """What is wrong now: minutes that the oldest mail is late, mails that wait, mails in quarantine for an hour."""
    queue, wrong = meter.queue(now), {}
    is_late = queue.age(now) > timedelta(minutes=settings.MAIL_LATE_MINUTES)
    if (is_late or queue.tried >= MANY_TRIED) and not meter.has_sent_since(now - SILENCE):
        wrong[Alarm.STOPPED] = queue.total
    elif is_late:
        wrong[Alarm.LATE] = int(queue.age(now).total_seconds() // 60)
    quarantined = meter.quarantined_since(now - GAP)
    if quarantined:
        wrong[Alarm.QUARANTINED] = quarantined
    return wrong


def admins() -> QuerySet[User]:
    """Superusers who have proven their address."""
    able = User.objects.filter(is_superuser=True, is_active=True, recipient__suspended_at=None)
    proven = able.filter(emailaddress__verified=True, emailaddress__primary=True, recipient__never_again_at=None)
    return proven.select_related("recipient").distinct()


@transaction.atomic
def raise_alarms(now: datetime) -> int:
    """Write to every admin who has not heard of it within the hour. Returns how many mails."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    wrong = found(now)
    people = list(admins()) if wrong else []
    said = Delivery.objects.filter(
        recipient__in=[user.recipient for user in people], letter=LETTER, ids__at__gt=int((now - GAP).timestamp())
    )
    told = set(said.values_list("recipient", "ids__kind"))
    posted = 0
    for kind, number in wrong.items():
        to = [user for user in people if (user.recipient_id, kind.value) not in told]
        if to or not people:
            logger.error("alarm: %s (%s)", kind.value, number)
        for user in to:
            posted += _post(user, kind, number, now)
    return posted


def _post(user: User, kind: Alarm, number: int, now: datetime) -> bool:
    at = int(now.timestamp())
    return post(
        LETTER,
        user.recipient,
        key=f"{LETTER}:{kind.value}:{user.recipient_id}:{at}",
        ids={"kind": kind.value, "number": number, "at": at},
        priority=Priority.URGENT,
        not_before=now,
        useful_until=now + STAYS_USEFUL,
    )


def _unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    there = set(admins().filter(recipient__in=[d.recipient_id for d in deliveries]).values_list("recipient", flat=True))
    return {delivery.pk: "not an admin any more" for delivery in deliveries if delivery.recipient_id not in there}


def _render(deliveries: list[Delivery]) -> dict[int, Letter]:
    return {delivery.pk: _letter(delivery, timezone.now()) for delivery in deliveries}


def _letter(delivery: Delivery, now: datetime) -> Letter:
    """What was noticed, and how it is now: the mail may have waited itself."""
    queue, kind = meter.queue(now), Alarm(delivery.ids["kind"])
    context: dict[str, Any] = {
        "kind": kind.value,
        "subject": kind.label,
        "number": delivery.ids["number"],
        "at": datetime.fromtimestamp(delivery.ids["at"], tz=now.tzinfo),
        "waiting": queue.total,
        "minutes": int(queue.age(now).total_seconds() // 60),
        "page_url": settings.SITE_URL + reverse("admin:post_office"),
    }
    return render_letter(LETTER, context, delivery.recipient.language)


def register_letters() -> None:
    register(LETTER, unwanted=_unwanted, render=_render)
