"""Tasks of this room: they hand the time down and wake the post office."""

from datetime import datetime

from celery import shared_task
from django.utils import timezone

from moderation import alarms, claims, digests, late_changes, unconfirmed
from outbox import holding
from outbox.tasks import plans_mail, send_soon


@shared_task
@plans_mail
def tell_of_unconfirmed(now: datetime) -> None:
    unconfirmed.tell_coordinators(now)


@shared_task
@plans_mail
def write_to_moderators(now: datetime) -> None:
    late_changes.plan(now)
    digests.plan(now)


@shared_task
def raise_alarms() -> None:
    """Not on hold: whoever restored knows, and /readyz says so."""
    if not holding.is_on_hold() and alarms.raise_alarms(timezone.now()):
        send_soon()


@shared_task
def forget() -> None:
    claims.forget_over(timezone.now())
