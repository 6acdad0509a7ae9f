from celery import shared_task

from accounts.actions import forget_over


@shared_task
def forget() -> None:
    forget_over()
