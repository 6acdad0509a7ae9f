"""Tasks of this room: they hand the time down and wake the post office."""

from celery import shared_task
from django.utils import timezone

from outbox.tasks import send_soon
from reminders import actions, notices, planning


@shared_task
def plan() -> None:
    now = timezone.now()
    while notices.notice_changes(now) == notices.MOST_AT_ONCE:
        pass
    planning.plan(now)
    send_soon()


@shared_task
def forget() -> None:
    actions.forget(timezone.now())
