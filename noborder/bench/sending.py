"""How fast one sender empties the outbox, beside smtplib alone on one kept connection to the same mail server."""

import smtplib
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from noborder.bench import example, outbox_rows
from noborder.bench.figures import Row, Table, a_second, timed
from outbox import letters, sender
from outbox.letters import Letter
from outbox.models import Delivery, Recipient
from outbox.rendering import message_of
from reminders.planning import plan

SINK = Path(__file__).with_name("sink.py")
PROTESTS = 500
PATIENCE = 600
TO = "follower@bench.example"
# About as long as a reminder.
FIXED = Letter("March for open borders", "We walk to the square.\n" * 40, "<p>We walk to the square.</p>\n" * 90)

letters.register(
    outbox_rows.FIXED,
    unwanted=lambda _deliveries: {},
    render=lambda deliveries: {delivery.pk: FIXED for delivery in deliveries},
)


def measure(*, mails: int, history: int, runs: int) -> Table:
    """One sender, with *history* finished mails in the outbox. The settings must name a free port of this machine."""
    events = example.start_anew(protests=min(PROTESTS, mails))
    example.follow(events, followers=mails)
    outbox_rows.fill(history, letter=outbox_rows.HISTORY, state="sent")
    example.tidy()
    ways = ALONE | ({} if history else PARTS) | REMINDERS
    rows = [Row(name) for name in ways]
    with sink(settings.EMAIL_PORT):
        for _run in range(runs):
            for row, seconds_for in zip(rows, ways.values(), strict=True):
                row.seconds.append(seconds_for(mails) / mails)
    title = f"Sending: {mails:,} mails, one sender, {history:,} finished mails in the outbox"
    return Table(title, {"mails/s": a_second}, rows)


@contextmanager
def sink(port: int) -> Iterator[None]:
    """A mail server on this machine, in a process of its own."""
    process = subprocess.Popen([sys.executable, str(SINK), str(port)], stdout=subprocess.PIPE)
    with process:
        try:
            if process.stdout is None or process.stdout.readline() != b"ready\n":
                raise RuntimeError("the mail server of the benchmark does not start")
            yield
        finally:
            process.kill()


def _seconds_of_one_text(mails: int) -> float:
    text = _example()
    return _seconds_of_smtplib(mails, lambda: text)


def _seconds_of_building(mails: int) -> float:
    return _seconds_of_smtplib(mails, _example)


def _example() -> bytes:
    delivery = Delivery(recipient=Recipient(address=TO), key="an example")
    return message_of(delivery, FIXED).message().as_bytes()


def _seconds_of_smtplib(mails: int, text: Callable[[], bytes]) -> float:
    def send_all() -> None:
        for _mail in range(mails):
            server.sendmail(settings.DEFAULT_FROM_EMAIL, [TO], text())

    with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as server:
        return timed(send_all)[0]


def _seconds_of_fixed(mails: int) -> float:
    outbox_rows.clear()
    outbox_rows.fill(mails, letter=outbox_rows.FIXED, state="queued")
    return _seconds_of_sender(mails)


def _seconds_of_reminders(mails: int) -> float:
    outbox_rows.clear()
    plan(timezone.now())
    return _seconds_of_sender(mails)


def _seconds_of_sender(mails: int) -> float:
    seconds, sent = timed(partial(sender.send_due, for_seconds=PATIENCE))
    if sent != mails:
        raise RuntimeError(f"{mails} mails were to be sent, and the server took {sent}")
    return seconds


SecondsFor = Callable[[int], float]
ALONE: dict[str, SecondsFor] = {"smtplib, the same text again and again": _seconds_of_one_text}
PARTS: dict[str, SecondsFor] = {
    "smtplib, each message built by Django": _seconds_of_building,
    "outbox, a letter of fixed text": _seconds_of_fixed,
}
REMINDERS: dict[str, SecondsFor] = {"outbox, reminders": _seconds_of_reminders}
