from celery import shared_task

from events import clock


@shared_task
def tick() -> None:
    clock.tick()
