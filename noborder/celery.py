import logging
import os
from logging.config import dictConfig
from typing import Any

import celery
from celery.beat import PersistentScheduler
from celery.signals import setup_logging
from django.conf import settings

from outbox.steady import Watch

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "noborder.settings")

logger = logging.getLogger(__name__)

watch = Watch()


class Task(celery.Task):  # type: ignore[type-arg] # generic in the stubs alone
    """A task that a worker leaves undone while its clock cannot be trusted: the rows say what is still to be done."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if watch.has_jumped and not self.request.called_directly:
            logger.critical("the clock has jumped: %s is not done. Put it right, or start the workers anew", self.name)
            return None
        return super().__call__(*args, **kwargs)


class Scheduler(PersistentScheduler):
    """Celery's own waits for as long as the clock was put back."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        now = self.app.now()
        ahead = [entry for entry in self.schedule.values() if entry.last_run_at and entry.last_run_at > now]
        if ahead:
            for entry in ahead:
                entry.last_run_at = now
            self._heap = None
        return float(super().tick(*args, **kwargs))


app = celery.Celery("noborder", task_cls=Task)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def log_as_everywhere(**_options: Any) -> None:
    """Celery's own set-up would print what tasks were given, and the words of their errors."""
    dictConfig(settings.LOGGING)
