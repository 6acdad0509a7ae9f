"""Tasks of this room: they hand the time down and wake the post office."""

from datetime import datetime

from celery import shared_task
from django.utils import timezone

from outbox.tasks import plans_mail
from reminders import actions, coming, notices, planning


@shared_task
@plans_mail
def plan(now: datetime) -> None:
    try:
        while notices.notice_changes(now) == notices.MOST_AT_ONCE:
            pass
    finally:
        # A change that cannot be told keeps nobody from being reminded.
        planning.plan(now)


@shared_task
def forget() -> None:
    actions.forget(timezone.now())


@shared_task
def keep_counts() -> None:
    coming.keep_counts()
