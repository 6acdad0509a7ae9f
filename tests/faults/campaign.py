"""One campaign of faults against the mail path, with servers of its own and real workers:

    python -m tests.faults.campaign FOLDER SCHEMA_URL '{"seed": 1, "mails": 300, "faults": {"kill": 3, "crash": 1}}'

It prints what became of the mails as one line of JSON; tests/faults/test_campaign.py says what that must be.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from noborder.embedded.environment import variables
from noborder.embedded.places import Place, first_free
from noborder.embedded.processes import Ledger, birth_of, wait_until
from noborder.embedded.programs import postgres_programs
from noborder.embedded.servers import postgres, redis
from tests.sink import accepted

PATIENCE = 300
# Between writing a mail down and its 250: so most kills hit a mail in flight.
PAUSE = 0.004
LEASE = 3
# What the design allows a crashed PostgreSQL to repeat.
LAST_SECOND = 1.0
# By the domain of the address: what becomes of its mail in the end.
FINAL = {
    "ok": {"sent"},
    "grey": {"sent"},
    "450": {"queued"},
    "421": {"queued"},
    "550": {"failed"},
    "data554": {"failed"},
    "hang": {"quarantined"},
    "cut": {"quarantined"},
    "tomorrow": {"queued"},
}
TROUBLED = {"grey": 5, "450": 2, "421": 1, "550": 3, "data554": 1, "hang": 1, "cut": 2, "tomorrow": 10}


class Servers:
    """PostgreSQL, which can crash and come back, and Redis, which can be emptied and stopped."""

    def __init__(self, place: Place, ledger: Ledger) -> None:
        self.place, self.ledger = place, ledger
        self.stack, self.database = ExitStack(), ExitStack()
        self.stack.callback(lambda: self.database.close())
        self.redis_url = self.stack.enter_context(redis(place, ledger))
        self.database_url = self.database.enter_context(postgres(place, ledger))

    def pid(self, name: str) -> int:
        return self.ledger.rows[name][0]

    def crash(self) -> None:
        """What `pg_ctl -m immediate restart` does."""
        pid = self.pid("postgres")
        os.kill(pid, signal.SIGQUIT)
        wait_until(lambda: birth_of(pid) is None, seconds=20)
        self.database.close()
        self.database = ExitStack()
        self.database.enter_context(postgres(self.place, self.ledger))

    @contextmanager
    def stopped(self, name: str) -> Any:
        os.kill(self.pid(name), signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid(name), signal.SIGCONT)


def copy_schema(source: str, target: str, programs: Path) -> None:
    """The tables of a database that is migrated already: quicker than to migrate another one."""
    start_anew = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
    subprocess.run([programs / "psql", "-qX", target, "-c", start_anew], check=True, capture_output=True)
    dump = subprocess.run([programs / "pg_dump", "-s", "-n", "public", source], check=True, capture_output=True).stdout
    dump = dump.replace(b"CREATE SCHEMA public;", b"")
    subprocess.run([programs / "psql", "-qX", target], input=dump, check=True, capture_output=True)


class Campaign:
    def __init__(self, servers: Servers, folder: Path, plan: dict[str, Any]) -> None:
        from redis import Redis  # noqa: PLC0415 - Django is set up only now

        from tests.faults.proxy import Proxy  # noqa: PLC0415

        self.servers, self.folder, self.plan = servers, folder, plan
        self.chance = random.Random(plan["seed"])
        self.redis = Redis.from_url(servers.redis_url)
        self.clock = folder / "clock"
        self.clock.write_text("+0")
        self.log = folder / "accepted.jsonl"
        self.sink = self.start_sink()
        self.proxy = Proxy(self.sink_port)
        self.workers: list[Any] = []
        self.crashes: list[float] = []
        # Each of these may repeat the mails that are in flight: one for each sender.
        self.breaks = 0

    # ---- What there is ----

    def start_sink(self) -> subprocess.Popen[str]:
        from tests.outbox.conftest import SINK, port_of  # noqa: PLC0415

        command = [sys.executable, str(SINK), "0", str(self.log), str(PAUSE)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.sink_port = port_of(process)
        return process

    @property
    def accepted(self) -> list[dict[str, Any]]:
        return accepted(self.log)

    def options(self, log: str) -> dict[str, Any]:
        addresses = {"DATABASE_URL": self.servers.database_url, "OUTBOX_LEASE": str(LEASE)}
        return {"smtp_port": self.proxy.port, "smtp_timeout": 1, "log": self.folder / log, **addresses}

    def start_worker(self, **more: str) -> None:
        from tests.faults.worker import Worker  # noqa: PLC0415

        self.workers.append(Worker(**self.options("worker.log"), **more))

    @contextmanager
    def two_beats(self) -> Any:
        """Real ones, each with a schedule of its own, that tick faster than on a site (tests/faults/impatient.py)."""
        from tests.faults.worker import Beat  # noqa: PLC0415

        with ExitStack() as stack:
            for name in ("one", "other"):
                folder = self.folder / name
                folder.mkdir()
                options = self.options("beat.log")
                stack.enter_context(Beat(folder=folder, app="tests.faults.impatient", **options))
            yield

    def make_mails(self) -> None:
        """Reminders of real protests, which two planners plan at the same time, and mails to troubled domains."""
        from django.utils import timezone  # noqa: PLC0415

        from noborder.bench import example  # noqa: PLC0415
        from outbox import actions  # noqa: PLC0415
        from outbox.models import Priority  # noqa: PLC0415
        from reminders.planning import plan  # noqa: PLC0415
        from tests.at_once import at_once  # noqa: PLC0415

        example.follow(example.start_anew(protests=10), followers=self.plan["mails"])
        now = timezone.now()
        for wish, number in TROUBLED.items():
            for n in range(number):
                recipient = actions.recipient_for(f"a{n}@{wish}.example", language="en")
                later = now + timedelta(hours=1 if wish == "tomorrow" else 0)
                until = later + timedelta(hours=1)
                actions.post(
                    "test",
                    recipient,
                    key=f"{wish}:{n}",
                    ids={},
                    priority=Priority.REMINDER,
                    not_before=later,
                    useful_until=until,
                )
        at_once(*[lambda: plan(now)] * 2)

    # ---- What goes wrong ----

    def kill(self) -> None:
        self.workers.pop(self.chance.randrange(len(self.workers))).kill()
        self.breaks += 1
        self.start_worker()

    def flush(self) -> None:
        self.redis.flushall()

    def stop_redis(self) -> None:
        with self.servers.stopped("redis"):
            time.sleep(self.plan["seconds"])

    def crash(self) -> None:
        self.crashes.append(time.time())
        self.servers.crash()
        self.breaks += len(self.workers)

    def half_open(self) -> None:
        self.breaks += len(self.workers) * (1 + int(self.plan["seconds"]))
        self.proxy.loses_answers = True
        time.sleep(self.plan["seconds"])
        self.proxy.loses_answers = False
        self.proxy.hang_up()

    def hang_up(self) -> None:
        self.breaks += len(self.workers)
        self.proxy.hang_up()

    def stop_mail_server(self) -> None:
        self.breaks += len(self.workers) * (1 + int(self.plan["seconds"]))
        self.sink.send_signal(signal.SIGSTOP)
        time.sleep(self.plan["seconds"])
        self.sink.send_signal(signal.SIGCONT)

    def clock_jumps(self) -> None:
        """Of one worker that is at work, forward or back, and back again."""
        from tests.faults.worker import clock_in_a_file  # noqa: PLC0415

        self.start_worker(**clock_in_a_file(self.clock))
        before = len(self.accepted)
        self.wait_until(lambda: len(self.accepted) > before + 10 or self.is_done())
        self.clock.write_text(self.chance.choice(["+2h", "-2h", "+8760h"]))
        time.sleep(self.plan["seconds"])
        self.clock.write_text("+0")
        self.breaks += 1
        self.workers.pop().kill()

    # ---- And what becomes of it ----

    def wait_until(self, happened: Callable[[], bool]) -> None:
        if not wait_until(happened, seconds=PATIENCE, pause=0.05):
            raise RuntimeError(f"nothing moves any more: {self.states()}")

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Key, letter, state and Message-ID of every mail; asked again while PostgreSQL is away."""
        from django.db import DatabaseError, connection  # noqa: PLC0415

        from outbox.models import Delivery  # noqa: PLC0415

        while True:
            try:
                return [(d.key, d.letter, d.state, d.message_id) for d in Delivery.objects.all()]
            except DatabaseError:
                connection.close()
                time.sleep(0.1)

    def states(self) -> dict[str, int]:
        return dict(Counter(f"{wish_of(key, letter)} {state}" for key, letter, state, _id in self.rows()))

    def is_done(self) -> bool:
        self.hurry()
        return all(state in FINAL[wish_of(key, letter)] for key, letter, state, _id in self.rows())

    def hurry(self) -> None:
        """Nobody waits a minute here for what is to be tried again, but for the two that say "later" for ever."""
        from django.db import DatabaseError, connection  # noqa: PLC0415
        from django.db.models import F  # noqa: PLC0415
        from django.utils import timezone  # noqa: PLC0415

        from outbox.models import Delivery  # noqa: PLC0415

        now = timezone.now()
        try:
            waiting = Delivery.objects.filter(state="queued", not_before__gt=now).exclude(key__startswith="tomorrow")
            for stubborn in ("450", "421"):
                waiting = waiting.exclude(key__startswith=stubborn)
            waiting.filter(created_at__lt=F("not_before")).update(not_before=now)
        except DatabaseError:
            connection.close()

    def run(self) -> dict[str, Any]:
        self.make_mails()
        faults = [name for name, times in self.plan["faults"].items() for _n in range(times)]
        self.chance.shuffle(faults)
        step = max(2, self.plan["mails"] // (len(faults) + 1))
        with self.proxy, self.two_beats():
            try:
                for _n in range(2):
                    self.start_worker()
                for fault in faults:
                    goal = len(self.accepted) + self.chance.randint(1, step)
                    self.wait_until(lambda goal=goal: len(self.accepted) >= goal or self.is_done())
                    getattr(self, fault)()
                self.wait_until(self.is_done)
            finally:
                for worker in self.workers:
                    worker.kill()
                self.sink.kill()
        return self.verdict()

    def verdict(self) -> dict[str, Any]:
        mails = self.accepted
        ids = {message_id: wish_of(key, letter) for key, letter, _state, message_id in self.rows()}
        copies = Counter(mail["id"] for mail in mails)
        last_of_connection = {mail["connection"]: n for n, mail in enumerate(mails)}
        last_of_mail = {mail["id"]: n for n, mail in enumerate(mails)}
        early = [n for n, mail in enumerate(mails) if n != last_of_mail[mail["id"]]]
        # A mail that is repeated was the last of its connection, or left just before PostgreSQL crashed.
        unexplained = [
            n
            for n in early
            if n != last_of_connection[mails[n]["connection"]]
            and not any(crash - LAST_SECOND <= mails[n]["at"] <= crash for crash in self.crashes)
        ]
        in_last_second = [
            n for n in early if any(crash - LAST_SECOND <= mails[n]["at"] <= crash for crash in self.crashes)
        ]
        return {
            "mails": len(ids),
            "lost": [i for i, wish in ids.items() if wish in {"ok", "grey"} and i not in copies],
            "unknown": [i for i in copies if i not in ids],
            "early": [i for i in copies if ids.get(i) == "tomorrow"],
            "repeats": len(early),
            "allowed": self.breaks + len(in_last_second),
            "unexplained": len(unexplained),
            "most_copies": max(copies.values()),
            "states": self.states(),
        }


def wish_of(key: str, letter: str) -> str:
    return key.partition(":")[0] if letter == "test" else "ok"


def main(folder: Path, schema: str, plan: dict[str, Any]) -> None:
    with first_free("faults") as place:
        ledger = Ledger(place)
        ledger.stop_leftovers()
        servers = Servers(place, ledger)
        with servers.stack:
            copy_schema(schema, servers.database_url, postgres_programs(place))
            addresses = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
            os.environ |= variables("test", place, addresses) | addresses
            os.environ["DJANGO_SETTINGS_MODULE"] = "noborder.settings"
            import django  # noqa: PLC0415

            django.setup()
            import tests.outbox.letters  # noqa: F401, PLC0415 - registers its letters

            print(json.dumps(Campaign(servers, folder, plan).run()))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]))
