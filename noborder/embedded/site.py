"""The whole site on one machine: its servers, its data, its processes, until somebody stops it."""

import errno
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from types import FrameType

from noborder.embedded.environment import RUNNING, process_environment, variables, write_private
from noborder.embedded.places import CHECKOUT, Place, place_of, taken
from noborder.embedded.processes import Child, Ledger, wait_until
from noborder.embedded.servers import servers
from noborder.embedded.trouble import Trouble

SECONDS_TO_ANSWER = 60
# Browsers try both for "localhost".
LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}

# Celery warns root at length; here root's worker runs nothing but our own code, for one person.
NOT_FOR_HERE = "ignore:You're running the worker with superuser privileges"

BANNER = """
  The site:   {site}
  The mails:  {site}/mailbox/   ({mail})

  To log in, ask for a code with one of these addresses; it lands among the mails.
  The second step of moderator and admin: six digits from {site}/mailbox/codes/
    organiser@demo.example   an organiser
    moderator@demo.example   the coordinator for Poland
    admin@demo.example       the campaign admin

  Ctrl-C stops everything. The data stays in {data}
"""


def run_site(port: int) -> None:
    """Run the site on `port` until it is stopped (KeyboardInterrupt) or cannot go on (Trouble)."""
    with stoppable(), taken(place_of("up")) as place:
        ledger = Ledger(place)
        if ledger.stop_leftovers():
            print("Stopped what an earlier start had left running.", flush=True)
        check_port(port)
        with servers(place, ledger) as addresses:
            settings = variables("local", place, addresses, port=port)
            prepare(settings)
            with told_to_others(settings), processes(place, ledger, settings, port) as children:
                wait_until(lambda: ended(children) or answers(port), seconds=SECONDS_TO_ANSWER)
                if not ended(children):
                    print(
                        BANNER.format(site=settings["SITE_URL"], mail=settings["EMAIL_URL"], data=place.data),
                        flush=True,
                    )
                wait_until(lambda: ended(children), seconds=float("inf"), pause=0.2)
                raise Trouble(f"{ended(children)[0].name} ended by itself; what it said last is above.")


def say_where(settings: Mapping[str, str], place: Place) -> None:
    """Print what a person needs to look at the site."""
    print(BANNER.format(site=settings["SITE_URL"], mail=settings["EMAIL_URL"], data=place.data), flush=True)


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn the first signal to stop into KeyboardInterrupt, also in the background of a shell; ignore further ones."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def check_port(port: int) -> None:
    """Refuse a port that another program answers on."""
    for family, host in LOOPBACK.items():
        try:
            bind(family, host, port)
        except PermissionError:
            raise Trouble(f"Only root may use port {port}. Choose one above 1023: --port 8000") from None
        except OSError as error:
            # Any other error means that this machine has no such family of addresses.
            if error.errno == errno.EADDRINUSE:
                raise Trouble(f"Port {port} is used by another program. Choose another: --port {port + 1}") from None


def bind(family: socket.AddressFamily, host: str, port: int) -> None:
    """Take a port as a web server would, and let it go."""
    with closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


def prepare(settings: Mapping[str, str]) -> None:
    """Bring the data and the static files up to date."""
    print("Preparing the data (the first time takes a minute) ...", flush=True)
    command = [sys.executable, "manage.py", "prepare_local"]
    if subprocess.run(command, cwd=CHECKOUT, env=process_environment(settings), check=False).returncode:
        raise Trouble("The site was not started, since its data could not be prepared; the reason is above.")


@contextmanager
def told_to_others(settings: Mapping[str, str]) -> Iterator[None]:
    """Let other commands of this checkout find the running site."""
    RUNNING.parent.mkdir(exist_ok=True)
    write_private(RUNNING, settings)
    try:
        yield
    finally:
        RUNNING.unlink(missing_ok=True)


@contextmanager
def processes(place: Place, ledger: Ledger, settings: Mapping[str, str], port: int) -> Iterator[list[Child]]:
    """Run web, worker and beat, and show what they say."""
    children: list[Child] = []
    try:
        for name, command in commands(place, port).items():
            children.append(Child(name, ledger, patience=15))
            children[-1].start(
                [sys.executable, "-m", *command],
                output=subprocess.PIPE,
                env=process_environment(settings) | {"PYTHONWARNINGS": NOT_FOR_HERE},
                cwd=CHECKOUT,
            )
            threading.Thread(target=relay, args=[children[-1]], daemon=True).start()
        yield children
    finally:
        for child in children:
            child.ask_to_end()
        for child in children:
            child.stop()


def commands(place: Place, port: int, *, web_processes: int = 1) -> dict[str, list[str]]:
    """The processes of the site, by name."""
    web = ["granian", "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1", "--port", str(port)]
    # More threads than may be at work or wait for it (noborder/admission.py).
    patience = ["--blocking-threads", "24", "--backlog", "4096", "--backpressure", "1024"]
    patience += ["--http1-header-read-timeout", "10000"]
    celery = ["celery", "--quiet", "--app", "noborder", "--skip-checks"]
    return {
        "web": [*web, *patience, "--workers", str(web_processes), "noborder.wsgi:application"],
        "worker": [*celery, "worker", "--loglevel", "WARNING", "--concurrency", "2", "--without-mingle"],
        "beat": [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(place.data / "beat"), "--pidfile="],
    }


def relay(child: Child) -> None:
    """Print what a process says, with its name before each line."""
    for line in child.lines():
        sys.stdout.write(f"{child.name:<7}| {line.decode(errors='replace')}")
        sys.stdout.flush()


def ended(children: Sequence[Child]) -> list[Child]:
    """Those processes that are over."""
    return [child for child in children if child.has_ended()]


def answers(port: int) -> bool:
    """Whether the web server takes connections."""
    with closing(socket.socket()) as probe:
        return probe.connect_ex((LOOPBACK[socket.AF_INET], port)) == 0
