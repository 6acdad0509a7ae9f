"""The site's Celery with a beat that ticks faster: `celery -A tests.faults.impatient beat`. Planning ticks slower than
sending, so that workers with little of the machine to themselves come to both."""

from noborder.celery import app

SECONDS = {"send due mail": 1.0, "keep the outbox tidy": 1.0, "plan reminders": 5.0}

for name, seconds in SECONDS.items():
    app.conf.beat_schedule[name] |= {"schedule": seconds, "options": {"expires": 2 * seconds}}
