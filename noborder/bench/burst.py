"""What a burst does to everybody else: visitors in a process of their own ask without a pause, while a moderator works
and reminders leave, all on the same cores. With the proxy of docker-compose.yml before the site, and without."""

import json
import math
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from smtplib import SMTP
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.http import HttpRequest  # noqa: TID251 - a session is made for one
from django.utils import timezone

from accounts.actions import account_for_proven_address
from accounts.factors import add_app, new_secret
from accounts.models import User
from accounts.standing import note_second_factor
from events.actions import submit_protest
from events.models import Event
from noborder.bench import example, outbox_rows
from noborder.bench.figures import aligned
from noborder.bench.launch import free_port
from noborder.bench.moderator import CSRF_SECRET, Moderator
from noborder.bench.pages import SECONDS_TO_START, address_of_database, web_server
from noborder.bench.sending import sink
from noborder.embedded import proxy
from noborder.embedded.environment import process_environment
from noborder.embedded.places import CHECKOUT
from noborder.embedded.processes import wait_until
from outbox.tasks import send_due
from reminders.planning import plan

CROWD = Path(__file__).with_name("crowd.py")
# The pages that are looked for; five times as many are read as lists and protests.
SEARCHES = 12
# More than can be decided on and leave meanwhile.
DECISIONS_A_SECOND, MAILS_A_SECOND = 3, 600
# For this part of the time she works before they come.
PART_BEFORE = 1 / 3
# In a session of its own: Linux shares the processor among sessions as it does among containers.
OF_ITS_OWN = ["setsid"]
USUAL_SHARES = 2048
# Each step of a session's niceness takes a fifth of its share.
STEP = 1.25
# A crowd comes from many networks, and this one from one machine.
NO_LIMIT = {"SEARCHES_AT_ONCE": "1000000000"}
AS_THE_PROXY = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"}
HEADS = ["", "pages/s", "median ms", "p95 ms", "503", "failed", "her median", "her p95", "her decisions", "she failed"]
HEADS += ["mails/s"]
INSTALL = "Burst: not measured. It needs a program that is not here: apt-get install nginx-light\n"


@dataclass(frozen=True)
class Outcome:
    """What the crowd saw, how the moderator fared, and how many mails reached the mail server meanwhile."""

    saw: dict[str, Any]
    moderator: Moderator
    mails: int
    seconds: float

    @property
    def cells(self) -> list[str]:
        statuses, her = Counter(self.saw["statuses"]), self.moderator
        return [
            f"{statuses['200'] / self.seconds:,.0f}",
            f"{self.saw['median'] * 1000:.0f}",
            f"{self.saw['p95'] * 1000:.0f}",
            f"{statuses['503']:,}",
            f"{statuses.total() - statuses['200'] - statuses['503']:,}",
            f"{median(her.times or [0]) * 1000:.0f}",
            f"{her.p95 * 1000:.0f}",
            f"{her.decisions}",
            f"{her.failures}",
            f"{self.mails / self.seconds:,.0f}",
        ]


def measure(*, protests: int, clients: int, seconds: float) -> str:
    """Each burst in turn, as lines of a table."""
    if not proxy.program():
        return INSTALL
    events = example.start_anew(protests=protests)
    lists = ["/en/", "/en/countries/", "/en/countries/de/", "/feeds/de.ics"]
    kept = dict.fromkeys([*lists, *(event.get_absolute_url() for event in events[: SEARCHES * 5 - len(lists)])], "")
    searches = dict.fromkeys([f"/en/protests/?q=borders+{number}" for number in range(SEARCHES)], "")
    # A crowd of Python's own would spend its time on TLS: it comes by the door without, which the site pays more for.
    doors = {"through the proxy": ("onion", "https"), "without it": ("web", "web")}
    bursts: list[tuple[str, str, str, Mapping[str, str]]] = [("nobody", "onion", "https", {})]
    bursts += [
        (f"{name}, {way}", door, hers, paths)
        for way, (door, hers) in doors.items()
        for name, paths in (("pages and searches", kept | searches), ("searches alone", searches))
    ]
    cookies = cookies_of_moderator()
    lasting = seconds * (1 + PART_BEFORE)
    submit(events, 1 + int(DECISIONS_A_SECOND * lasting * len(bursts)))
    example.follow(events, followers=1 + int(MAILS_A_SECOND * lasting))
    lines = [HEADS]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="burst-")))
        stack.enter_context(sink(settings.EMAIL_PORT))
        stack.enter_context(senders())
        give_database(USUAL_SHARES * 4)
        half, twice = ([*OF_ITS_OWN, *with_shares(shares)] for shares in (USUAL_SHARES // 2, USUAL_SHARES * 2))
        web = stack.enter_context(web_server(prefix=half, processes=2, BEHIND_PROXY="1", **NO_LIMIT))
        rooms = stack.enter_context(web_server(prefix=twice, BEHIND_PROXY="1", PAGE_CACHE_MB="0"))
        ports = {"web": web, "rooms": rooms, **{door: free_port() for door in proxy.DOORS}}
        stack.enter_context(proxy.running(folder, ports))
        for name, door, hers, paths in bursts:
            let_reminders_go()
            moderator = Moderator(ports[hers], cookies, is_tls=hers == "https")
            outcome = burst(ports[door], paths, moderator, taken, clients=clients, seconds=seconds)
            lines.append([name, *outcome.cells])
    return f"Burst: {clients:,} visitors at once, on the cores that also serve; her: a moderator\n{aligned(lines)}\n"


def with_shares(shares: int) -> list[str]:
    """What comes before a command that begins a session, to do what `cpu_shares` of docker-compose.yml does. Only root
    may give more than the usual ones."""
    return ["sh", "-c", f'echo {_niceness(shares)} > /proc/self/autogroup; exec "$@"', "sh"]


def give_database(shares: int) -> None:
    """The same for the sessions of PostgreSQL, if it is on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    with suppress(OSError):
        Path(f"/proc/{process}/autogroup").write_text(f"{_niceness(shares)}")


def _niceness(shares: int) -> int:
    return -round(math.log(shares / USUAL_SHARES, STEP))


def burst(
    port: int,
    paths: Mapping[str, str],
    moderator: Moderator,
    mails: Callable[[], int],
    *,
    clients: int,
    seconds: float,
) -> Outcome:
    """Let the crowd loose while the moderator is at work; *mails* says how many have arrived so far."""
    with moderator.at_work():
        time.sleep(seconds * PART_BEFORE)
        moderator.forget_times()
        before, start = mails(), time.perf_counter()
        if paths:
            saw = crowd(port, paths, clients=clients, seconds=seconds)
        else:
            time.sleep(seconds)
            saw = {"statuses": {}, "median": 0, "p95": 0}
        arrived, passed = mails() - before, time.perf_counter() - start
    return Outcome(saw, moderator, arrived, passed)


def crowd(port: int, paths: Mapping[str, str], *, clients: int, seconds: float, seed: int = 1) -> dict[str, Any]:
    """Let so many visitors ask for these pages; gives what they saw."""
    # Whoever looks for something on the pages reads them as they are.
    encoding = {} if any(paths.values()) else {"Accept-Encoding": "br"}
    headers = {"Host": "localhost"} | encoding | AS_THE_PROXY
    wish = {"port": port, "clients": clients, "seconds": seconds, "seed": seed, "headers": headers}
    done = subprocess.run(
        [*OF_ITS_OWN, sys.executable, str(CROWD)],
        input=json.dumps(wish | {"paths": paths}),
        capture_output=True,
        text=True,
        check=True,
    )
    saw: dict[str, Any] = json.loads(done.stdout)
    return saw


def submit(events: Sequence[Event], number: int) -> None:
    """Protests like these that wait for a decision, each from an organiser of its own."""
    for n in range(number):
        event = events[n % len(events)]
        by = account_for_proven_address(f"organiser{n}@bench.example", language="en")
        submit_protest(event.campaign, event.details() | {"title": f"Assembly {n}"}, by=by, is_example=True)


def cookies_of_moderator(prefix: str = "") -> str:
    """The session of a campaign admin, second factor included, as a browser would send it."""
    user = User.objects.create_superuser(email="moderator@bench.example")
    request: Any = HttpRequest()
    request.user = user
    request.session = import_module(settings.SESSION_ENGINE).SessionStore()
    request.session[SESSION_KEY] = str(user.pk)
    request.session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    record_authentication(request, user, "code")
    note_second_factor(request, user, add_app(user, new_secret()))
    request.session.save()
    return f"{prefix}session={request.session.session_key}; {prefix}csrf={CSRF_SECRET}"


@contextmanager
def senders() -> Iterator[None]:
    """The worker of docker-compose.yml that sends mails, on the database of this process. Decisions wake it."""
    command = [
        *OF_ITS_OWN,
        sys.executable,
        "-m",
        "celery",
        "--app=noborder",
        "worker",
        "--queues=mail",
        "--concurrency=2",
    ]
    mail_server = f"smtp://{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    process = subprocess.Popen(
        [*command, "--loglevel=ERROR", "--without-mingle", "--without-gossip"],
        cwd=CHECKOUT,
        env=process_environment({"DATABASE_URL": address_of_database(), "EMAIL_URL": mail_server}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with process:
        try:
            yield
        finally:
            process.terminate()


def let_reminders_go() -> None:
    """All of them anew; comes back once the first has arrived."""
    outbox_rows.clear()
    before = taken()
    plan(timezone.now())
    send_due.delay()
    if not wait_until(lambda: taken() > before, seconds=SECONDS_TO_START):
        raise RuntimeError("no mail leaves")


def taken() -> int:
    """How many mails the mail server has accepted, by its own count."""
    with SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=SECONDS_TO_START) as server:
        return int(server.noop()[1].split()[0])
