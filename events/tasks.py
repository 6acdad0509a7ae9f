import contextlib

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from accounts import limits
from events import clock
from events.forgetting import forget_what_strangers_wrote
from events.images import keeping
from events.models import Picture
from events.prints import making
from events.prints.sheets import Sheet

# Seconds. What stays unheard is asked for again by the next visitor.
ASKED_FOR = 20


@shared_task
def tick() -> None:
    clock.tick()


@shared_task
def forget() -> None:
    forget_what_strangers_wrote(timezone.now())


def ask_for_print(name: str, key: str, *, network: str) -> bool:
    """Wake a worker for the sheet of this name, once for all who wait for it; False if nobody can be asked now. Who
    waits for what was asked for already pays nothing."""
    wish = f"print:{key}"
    try:
        if cache.get(wish):
            return True
        if limits.spend_all([(limits.PRINTS_FROM_NETWORK, network), (limits.PRINTS, "all")]):
            return False
        if cache.add(wish, 1, timeout=ASKED_FOR):
            make_print.apply_async((name,), retry=False, expires=600)
    except (RedisError, OperationalError, limits.Unavailable):
        return False
    return True


@shared_task(time_limit=30)
def make_print(name: str) -> None:
    making.make(Sheet.named(name))


@shared_task
def make_pictures_ahead() -> None:
    making.make_pictures_ahead()


@shared_task
def throw_prints_away() -> None:
    making.throw_away()


@shared_task(time_limit=60)
def read_picture(pk: int) -> None:
    picture = Picture.objects.waiting().filter(pk=pk).first()
    if picture:
        keeping.read(picture)


def read_picture_soon(pk: int) -> None:
    """Wake a worker for an uploaded picture. One that nobody was woken for is found by `look_after_pictures`."""
    with contextlib.suppress(RedisError, OperationalError):
        read_picture.apply_async((pk,), retry=False)


@shared_task
def look_after_pictures() -> None:
    now = timezone.now()
    for pk in keeping.overdue(now):
        read_picture_soon(pk)
    keeping.throw_unused_away(now)
