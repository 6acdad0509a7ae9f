"""Tasks of the post office: a task only wakes it up, the rows say what is to be done."""

import functools
import logging
from collections.abc import Callable

from celery import shared_task
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from outbox import bounces, holding, meter, outcomes, sender
from outbox.pacing import forget_domains

logger = logging.getLogger(__name__)

# A page that posts a mail does not wait for a Redis that hangs.
NO_LONGER_THAN = {"socket_timeout": 2, "socket_connect_timeout": 2}


@shared_task
def send_due() -> None:
    sender.send_due()


@shared_task
def tidy() -> None:
    outcomes.take_back_abandoned()
    outcomes.drop_useless()
    forget_domains()


@shared_task
def read_bounces() -> None:
    bounces.read_mailbox()


@shared_task
def read_meter() -> None:
    meter.read(timezone.now())


def send_soon() -> None:
    """Wake a sender once this transaction is committed. Without a broker the mail waits for the next beat."""
    transaction.on_commit(_wake)


def plans_mail(plan: holding.Planner) -> Callable[[], None]:
    """For a task that makes the mails that are due at the moment it is handed. On hold it does nothing."""
    holding.register(plan)

    @functools.wraps(plan)
    def task() -> None:
        if not holding.is_on_hold():
            plan(timezone.now())
            send_soon()

    return task


def _wake() -> None:
    broker = send_due.app.connection_for_write().clone(transport_options=NO_LONGER_THAN)
    try:
        with broker:
            send_due.apply_async(connection=broker, retry=False, expires=30)  # type: ignore[call-arg]
    except (OperationalError, OSError):
        logger.warning("the broker cannot be reached: mail waits for the next beat")
