"""One process that sends, as a worker is one. Run as `python -m noborder.bench.one_sender`; it does what it is told,
line by line (`smtplib 2000`, `outbox`), and answers each with a line of JSON."""

import json
import resource
import smtplib
import sys
import threading
from time import process_time

import django
from django.conf import settings

INTERVAL = 0.05
PATIENCE = 600
TO = "follower@bench.example"
KIB = 1024


class Memory:
    """How much of it this process holds, in MiB, looked at again and again while it works (a context manager)."""

    def __init__(self) -> None:
        self.readings = [_held()]
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        self._thread.join()
        self.readings.append(_held())

    def _read(self) -> None:
        while not self._is_over.wait(INTERVAL):
            self.readings.append(_held())

    def at(self, share: float) -> float:
        return self.readings[int(share * (len(self.readings) - 1))]


def _held() -> float:
    with open("/proc/self/statm") as numbers:
        return int(numbers.read().split()[1]) * resource.getpagesize() / KIB**2


def main() -> None:
    """Do what the lines of stdin say, until there is none."""
    django.setup()
    # What needs the settings.
    from django.db import connection  # noqa: PLC0415

    from outbox import sender  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        say(backend=cursor.fetchone()[0])
    for line in sys.stdin:
        what, *numbers = line.split()
        with Memory() as memory:
            before = process_time()
            sent = by_smtplib(int(numbers[0])) if what == "smtplib" else sender.send_due(for_seconds=PATIENCE)
            seconds = process_time() - before
        say(sent=sent, cpu=seconds, memory=[memory.at(share) for share in (0.1, 0.5, 1)])


def by_smtplib(mails: int) -> int:
    """The same text again and again, on one kept connection."""
    text = b"Subject: an example\r\n\r\n" + b"We walk to the square.\r\n" * 360
    with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as server:
        for _mail in range(mails):
            server.sendmail(settings.DEFAULT_FROM_EMAIL, [TO], text)
    return mails


def say(**answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
