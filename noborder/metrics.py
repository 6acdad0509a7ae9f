"""Numbers for Prometheus, written by hand (docs/decisions/0038-watching.md). No label names a person, an address, a
protest or a token: priorities, states, kinds and classes of status only."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError
from django.utils.crypto import constant_time_compare

from moderation import pending
from noborder import traffic
from noborder.health import is_redis_up
from outbox import meter

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def may_be_read_with(authorization: str) -> bool:
    expected = f"Bearer {settings.METRICS_TOKEN}"
    return bool(settings.METRICS_TOKEN) and constant_time_compare(authorization, expected)


@dataclass(frozen=True)
class Metric:
    """One number, or one for each value of a label."""

    name: str
    kind: str
    help: str
    samples: Iterable[tuple[dict[str, str], float]]

    def __str__(self) -> str:
        lines = [f"# HELP noborder_{self.name} {self.help}", f"# TYPE noborder_{self.name} {self.kind}"]
        for labels, value in self.samples:
            shown = ",".join(f'{name}="{text}"' for name, text in labels.items())
            lines.append(f"noborder_{self.name}{'{' + shown + '}' if shown else ''} {value:.15g}")
        return "\n".join(lines)


def as_text(now: datetime) -> str:
    """All numbers. Without the database or Redis those that are left, and which of the two is away."""
    try:
        found, is_database_up = [*_of_mail(now), *_of_moderation()], True
    except DatabaseError:
        found, is_database_up = [], False
    parts = {"database": is_database_up, "redis": is_redis_up()}
    up = Metric("up", "gauge", "Whether this part answers.", [({"part": name}, up) for name, up in parts.items()])
    return "\n".join(str(metric) for metric in [up, *found, *_of_traffic()]) + "\n"


def _of_mail(now: datetime) -> Iterator[Metric]:
    queue, reading = meter.queue(now), meter.latest(now)
    yield Metric(
        "mails_waiting",
        "gauge",
        "Mails that are not finished, by priority and state.",
        [({"priority": p.name.lower(), "state": str(s)}, number) for (p, s), number in sorted(queue.counts.items())],
    )
    yield _gauge("mail_oldest_due_seconds", "How long the oldest mail that is due waits.", queue.age(now))
    yield _gauge("mails_tried_again", "Mails that were tried and wait for another try.", queue.tried)
    yield Metric(
        "mails_finished_total",
        "counter",
        "Mails that were finished, by what became of them.",
        [({"state": state}, getattr(reading, state, 0)) for state in ("sent", "failed", "skipped", "quarantined")],
    )
    yield _gauge("mails_sent_per_second", "Mails sent a second, over about five minutes.", meter.pace(now).per_second)
    yield _gauge("addresses_suspended", "Addresses that nothing but codes is sent to.", meter.suspended())
    if reading:
        yield _gauge("beat_tick_timestamp_seconds", "When beat last had the meter read.", reading.read_at.timestamp())


def _of_moderation() -> Iterator[Metric]:
    yield Metric(
        "pending",
        "gauge",
        "What waits for moderators, by kind.",
        [({"kind": kind}, number) for kind, number in pending.counts().items()],
    )


def _of_traffic() -> Iterator[Metric]:
    totals = traffic.totals()
    yield Metric(
        "requests_total",
        "counter",
        "Requests answered, by class of status.",
        [({"status": status}, totals.get(status, 0)) for status in traffic.CLASSES],
    )
    yield Metric(
        "pages_from_memory_total",
        "counter",
        "Requests answered with a page kept in memory.",
        [({}, totals.get(traffic.MEMORY, 0))],
    )


def _gauge(name: str, text: str, value: float | timedelta) -> Metric:
    return Metric(name, "gauge", text, [({}, value.total_seconds() if isinstance(value, timedelta) else value)])
