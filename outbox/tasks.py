"""Tasks of the post office: a task only wakes it up, the rows say what is to be done."""

import logging

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from outbox import sender

logger = logging.getLogger(__name__)


@shared_task
def send_due() -> None:
    sender.send_due()


@shared_task
def tidy() -> None:
    sender.take_back_abandoned()
    sender.drop_useless()


def send_soon() -> None:
    """Wake a sender once this transaction is committed. Without a broker the mail waits for the next beat."""
    transaction.on_commit(_wake)


def _wake() -> None:
    try:
        send_due.apply_async(retry=False, expires=30)
    except (OperationalError, OSError):
        logger.warning("the broker cannot be reached: mail waits for the next beat")
