"""What docker-compose.yml describes, started without Docker: each service's own command and environment, with the
paths, names and ports of its containers replaced by ones of this machine. PostgreSQL is the tests' own, Redis and the
proxy are real programs that are started here."""

import http.client
import os
import re
import signal
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from django.db import connection, connections
from psycopg.conninfo import make_conninfo
from pytest_django import DjangoDbBlocker

from noborder.bench.burst import USUAL_SHARES, give_database, with_shares
from noborder.bench.launch import free_port
from noborder.bench.pages import address_of_database
from noborder.embedded import proxy
from noborder.embedded.environment import process_environment
from noborder.embedded.places import CHECKOUT, place_of
from noborder.embedded.processes import identity_of, wait_until
from noborder.embedded.programs import redis_program
from noborder.management.commands.lint import like_production
from tests.factories import (
    CampaignCountryFactory,
    CampaignFactory,
    CampaignTextFactory,
    CoordinatorFactory,
    EventFactory,
    UserFactory,
)
from tests.faults.worker import database_url
from tests.outbox.conftest import SINK, port_of
from tests.sink import accepted

COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
SECONDS_TO_START = 300
# Those that answer requests.
PROCESSES = ("web", "rooms")
ORGANISER = "composed@example.org"
ONION = "a" * 56 + ".onion"
HOW_TO_INSTALL = "Needed and not here: nginx-light. As root: apt-get install --no-install-recommends nginx-light"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    cookies: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Composed:
    """One start of the whole file, in a folder of its own."""

    folder: Path
    smtp_port: int
    static: Path
    database_url: str
    database: str
    blocker: DjangoDbBlocker
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ports = {name: free_port() for name in ("web", "web-2", "rooms", "redis", "http", "https", "onion")}
        make_secrets(self.folder / "secrets", self)
        proxy.write_configuration(self.folder, self.ports)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.ports['https']}"

    def here(self, text: str, web: str = "web") -> str:
        """What stands in the file, as it is on this machine."""
        for pattern, own in {
            # First, for our own folder may lie there.
            r"(?<![\w./-])/tmp\b": f"{self.folder}/tmp",
            r"/run/secrets/": f"{self.folder}/secrets/",
            r"/etc/nginx/": f"{self.folder}/etc/",
            r"^valkey-server$": str(redis_program(place_of("test"))),
            r"^6379$": str(self.ports["redis"]),
            r"redis:6379": f"127.0.0.1:{self.ports['redis']}",
            r"--host=0\.0\.0\.0": "--host=127.0.0.1",
            r"--port=8000": f"--port={self.ports[web]}",
            r"\$\$": "$",
        }.items():
            text = re.sub(pattern, own, text)
        return text

    def start_all(self) -> None:
        """In the order that the file asks for."""
        self.start("redis")
        assert self.start("migrate").wait(SECONDS_TO_START) == 0, self.said()
        for service in ("web", "rooms", "mail", "worker", "beat"):
            self.start(service)
        for door in PROCESSES:
            self.wait_for(door)
        self.start("proxy")
        self.wait_for("https")

    def wait_for(self, door: str) -> None:
        assert wait_until(lambda: self.answers(door), seconds=SECONDS_TO_START, pause=0.1), self.said()

    @contextmanager
    def rows(self) -> Iterator[None]:
        """Let this process see the site's database."""
        with self.blocker.unblock(), working_in(self.database):
            yield

    def start(self, service: str, name: str = "", more: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        """A service of the file, or a second one of it under another name; *more* goes after its command."""
        name = name or service
        about = COMPOSE["services"][service]
        log = (self.folder / f"{name}.log").open("ab")
        command = [self.here(part, name if name in self.ports else "web") for part in [*about["command"], *more]]
        owner = proxy.owner() if service == "proxy" else None
        if owner:
            os.fchown(log.fileno(), owner.pw_uid, owner.pw_gid)
        self.running[name] = subprocess.Popen(
            [*with_shares(about.get("cpu_shares", USUAL_SHARES)), *command],
            cwd=CHECKOUT if not owner else "/",
            env=self.environment(service),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **identity_of(owner),
        )
        log.close()
        return self.running[name]

    def environment(self, service: str) -> dict[str, str]:
        """What the file gives the service, what its image does, and nothing of ours."""
        given = COMPOSE["services"][service].get("environment", {})
        image = {
            "PATH": f"{Path(sys.executable).parent}:{os.defpath}:/usr/sbin",
            "DJANGO_SETTINGS_MODULE": "noborder.settings",
            "STATIC_ROOT": str(self.static),
            "PYTHONUNBUFFERED": "1",
            # Celery warns root at length; in a container nobody is root.
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
        }
        written = {"SITE_URL": self.url, "SITE_HOST": "localhost", "ONION_HOST": ONION}
        return image | {name: self.here(interpolated(value, written)) for name, value in given.items() if value}

    def stop(self, name: str, number: int = signal.SIGTERM) -> None:
        process = self.running.pop(name)
        if process.poll() is None:
            os.killpg(process.pid, number)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop_all(self) -> None:
        for name in list(self.running):
            self.stop(name, signal.SIGKILL)

    def ask(
        self, path: str, method: str = "GET", *, door: str = "https", body: bytes | None = None, **headers: str
    ) -> Answer:
        """Over one door of the proxy, or of a web process itself."""
        port = self.ports[door]
        if door == "https":
            context = ssl.create_default_context(cafile=str(self.folder / "secrets" / "tls" / "fullchain.pem"))
            opened: http.client.HTTPConnection = http.client.HTTPSConnection("localhost", port, context=context)
        else:
            opened = http.client.HTTPConnection("localhost", port, timeout=60)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if door.startswith(PROCESSES):
            given |= {"Host": "localhost", "X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"}
        try:
            answer = _answer(opened, method, path, body, given)
            given_back = {name.lower(): value for name, value in answer.getheaders()}
            for of_the_moment in ("set-cookie", "date"):
                given_back.pop(of_the_moment, None)
            cookies = SimpleCookie()
            for line in answer.headers.get_all("Set-Cookie") or []:
                cookies.load(line)
            return Answer(
                answer.status, given_back, {name: found.value for name, found in cookies.items()}, answer.read()
            )
        finally:
            opened.close()

    def answers(self, door: str, path: str = "/healthz") -> bool:
        try:
            return self.ask(path, door=door).status < 500
        except OSError:
            return False

    @property
    def accepted(self) -> list[dict[str, Any]]:
        """The mails that have arrived."""
        return accepted(self.folder / "accepted.jsonl")

    def access_log(self) -> list[str]:
        """What the proxy has written down by now."""
        return (self.folder / "proxy.log").read_text().splitlines()

    def said(self) -> str:
        """Everything that the processes have said, to be shown when something fails."""
        return "\n".join(f"== {log.name}\n{log.read_text()[-2000:]}" for log in self.folder.glob("*.log"))


def interpolated(value: str, written: dict[str, str]) -> str:
    """As Compose fills in what stands in .env: ${NAME}, ${NAME:-default}, ${NAME:?reason}."""

    def fill(match: re.Match[str]) -> str:
        default = (match["default"] or "") if match["kind"] == "-" else ""
        return written.get(match["name"]) or default

    return re.sub(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<default>[^}]*))?\}", fill, value)


def make_secrets(folder: Path, site: Composed) -> None:
    """By the script that hosts use; then those of the tests, whose database and mail server the site shares."""
    subprocess.run(["sh", str(proxy.SECRETS), str(folder), "localhost"], check=True, capture_output=True)
    # The proxy of the tests is not the user that the script gives the certificate to.
    own = {
        **{name: os.environ[name.upper()] for name in ("secret_key", "seal_keys", "hash_key")},
        "database_url": site.database_url,
        "email_url": f"smtp://127.0.0.1:{site.smtp_port}?timeout=5",
    }
    for name, value in own.items():
        (folder / name).unlink()
        (folder / name).write_text(value + "\n")


def _answer(
    opened: http.client.HTTPConnection, method: str, path: str, body: bytes | None, headers: dict[str, str]
) -> http.client.HTTPResponse:
    """What is refused may be answered before all of it was sent, and the rest is not waited for."""
    try:
        opened.request(method, path, body=body, headers=headers)
    except OSError:
        if opened.sock is None:
            raise
        early = http.client.HTTPResponse(opened.sock, method=method)
        early.begin()
        return early
    return opened.getresponse()


@contextmanager
def database_of_its_own() -> Iterator[str]:
    """A copy of the tests' empty database, which stays as it is whatever other tests empty; gives its name."""
    connections.close_all()
    template = connection.settings_dict["NAME"]
    copy = f"{template}_composed"
    with psycopg.connect(make_conninfo(address_of_database(), dbname="postgres"), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [template])
        admin.execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{template}"')
        try:
            yield copy
        finally:
            admin.execute(f'DROP DATABASE "{copy}" WITH (FORCE)')


@contextmanager
def working_in(name: str) -> Iterator[None]:
    """Let the models of this process read and write another database."""
    parts = connection.settings_dict
    own = parts["NAME"]
    connections.close_all()
    parts["NAME"] = name
    try:
        yield
    finally:
        connections.close_all()
        parts["NAME"] = own


def gathered_static_files() -> Path:
    """As the image is built; kept from run to run, since compressing takes seconds."""
    target = place_of("test").data / "production-static"
    target.mkdir(parents=True, exist_ok=True)
    code = (
        "import django; django.setup(); from django.conf import settings;"
        "from noborder.management.commands.prepare_local import gather_static_files;"
        "gather_static_files(settings.STATIC_ROOT)"
    )
    environ = process_environment(like_production() | {"STATIC_ROOT": str(target)})
    subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, env=environ, check=True)
    return target


@pytest.fixture(scope="session")
def composed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Composed]:
    """The whole site, once for all tests that ask for it, with two protests, an organiser and a coordinator."""
    if not proxy.program():
        pytest.fail(HOW_TO_INSTALL)
    static = gathered_static_files()
    with tempfile.TemporaryDirectory(prefix="composed-") as folder, django_db_blocker.unblock(), ExitStack() as stack:
        name = stack.enter_context(database_of_its_own())
        with working_in(name):
            url = database_url()
            make_world()
            give_database(COMPOSE["services"]["database"]["cpu_shares"])
        port = stack.enter_context(sink(Path(folder)))
        site = Composed(Path(folder), port, static, url, name, django_db_blocker)
        stack.callback(site.stop_all)
        site.start_all()
        yield site


def make_world() -> None:
    campaign = CampaignTextFactory().campaign
    CampaignCountryFactory(campaign=campaign)
    # So that the job that prepares the database finds nothing to load, which takes a while.
    CampaignFactory(slug="2002")
    for title in ("Open borders", "Freedom of movement"):
        EventFactory(campaign=campaign, title=title)
    UserFactory(email=ORGANISER)
    CoordinatorFactory(campaign=campaign, country="PL")


@contextmanager
def sink(folder: Path) -> Iterator[int]:
    """An SMTP server that keeps what it accepts; gives its port."""
    command = [sys.executable, str(SINK), "0", str(folder / "accepted.jsonl")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield port_of(process)
        finally:
            process.terminate()
