"""Tasks of this room: they hand the time down and wake the post office."""

from datetime import datetime

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from accounts import limits
from organising import (
    after_report,
    day_sheet,
    day_sheet_print,
    forgetting,
    legal,
    letters,
    shift_notices,
    shift_planning,
    staying,
    still_on,
)
from organising.actions import shifts
from outbox.tasks import plans_mail
from reminders.notices import MOST_AT_ONCE


@shared_task
@plans_mail
def ask_whether_still_on(now: datetime) -> None:
    still_on.ask(now)
    still_on.mark_unconfirmed(now)


@shared_task
@plans_mail
def look_after_shifts(now: datetime) -> None:
    shifts.tidy(now)
    while shift_notices.tell_helpers(now) == MOST_AT_ONCE:
        pass
    shift_planning.plan(now)


@shared_task
@plans_mail
def remind_of_notices(now: datetime) -> None:
    legal.work_out(now)
    legal.remind(now)


@shared_task
def forget_shifts() -> None:
    shifts.forget(timezone.now())


@shared_task
@plans_mail
def tell_of_letters(now: datetime) -> None:
    letters.tell_organisers(now)


# Seconds. What stays unheard is asked for again by whoever looks next.
ASKED_FOR = 20


def ask_for_day_sheet(event_id: int, language: str, key: str, *, network: str) -> bool:
    """Wake a worker for the file, once for all who wait for it; False if nobody can be asked now."""
    wish = f"wish:{key}"
    try:
        if cache.get(wish):
            return True
        if limits.spend_all([(limits.PRINTS_FROM_NETWORK, network), (limits.PRINTS, "all")]):
            return False
        if cache.add(wish, 1, timeout=ASKED_FOR):
            make_day_sheet.apply_async((event_id, language), retry=False, expires=600)
    except (RedisError, OperationalError, limits.Unavailable):
        return False
    return True


@shared_task(time_limit=30)
def make_day_sheet(event_id: int, language: str) -> None:
    day_sheet_print.make(event_id, language)


@shared_task
def forget_day_sheets() -> None:
    day_sheet.forget(timezone.now())


@shared_task
def forget_legal() -> None:
    legal.forget(timezone.now())


@shared_task
def forget() -> None:
    forgetting.forget(timezone.now())


@shared_task
@plans_mail
def look_after_accounts(now: datetime) -> None:
    staying.ask(now)
    staying.erase_the_silent(now)


@shared_task
@plans_mail
def ask_how_it_was(now: datetime) -> None:
    after_report.ask(now)
