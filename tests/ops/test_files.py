"""Dockerfile, docker-compose.yml and what stands beside them: what a careful reader would look for."""

import itertools
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from noborder.admission import MOST_THREADS_TAKEN
from noborder.embedded.places import CHECKOUT
from noborder.embedded.proxy import SECRETS
from tests.ops.composed import COMPOSE

SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: about for name, about in SERVICES.items() if about["image"].startswith("noborder:")}
DOCKERFILE = (CHECKOUT / "Dockerfile").read_text()
STEPS = [line.split(maxsplit=1) for line in re.sub(r"\\\n", " ", DOCKERFILE).splitlines() if line[:1].isupper()]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_more_rights_than_it_needs(name: str) -> None:
    about = SERVICES[name]
    assert (about["read_only"], about["cap_drop"], about["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    assert "privileged" not in about
    assert "cap_add" not in about
    assert int(about["user"].partition(":")[0]) > 0
    assert about["mem_limit"]
    assert about["pids_limit"]
    assert about["logging"]["options"]["max-file"]
    assert not any("docker.sock" in volume for volume in about.get("volumes", []))


@pytest.mark.parametrize("name", sorted({*SERVICES} - {"migrate", "certificates", "onion"}))
def test_what_runs_for_ever_says_whether_it_is_well(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_images_are_named_with_their_version() -> None:
    images = [about["image"] for about in SERVICES.values() if "build" not in about]
    stages = {step.split()[-1] for word, step in STEPS if word == "FROM"}
    images += [step.split()[0] for word, step in STEPS if word == "FROM" and not step.startswith("$")]
    images = [image for image in images if image not in stages]
    images += [step.partition("=")[2] for word, step in STEPS if word == "ARG"]
    assert len(images) == 6
    for image in images:
        tag = image.partition(":")[2]
        assert tag, image
        assert "latest" not in tag, image
        assert re.search(r"\d|trixie", tag), image


def test_backups_are_made_by_programs_of_the_database_s_version() -> None:
    version = re.match(r"postgres:(\d+)", SERVICES["database"]["image"])
    assert version is not None
    assert f"postgresql-client-{version[1]} " in DOCKERFILE


def test_only_the_proxy_is_reached_from_outside_and_only_the_mail_reaches_out() -> None:
    inner = {name for name, network in COMPOSE["networks"].items() if (network or {}).get("internal")}
    assert inner == {"door", "inside"}
    assert {name for name, about in SERVICES.items() if "ports" in about} == {"proxy"}
    reaching_out = {name for name, about in SERVICES.items() if set(about["networks"]) - inner}
    assert reaching_out == {"proxy", "mail", "certificates", "onion"}
    assert {name for name, about in SERVICES.items() if "inside" in about["networks"]} == {*OURS, "database", "redis"}


@pytest.mark.parametrize("name", OURS)
def test_no_secret_stands_in_an_environment(name: str) -> None:
    given = OURS[name]["environment"]
    for secret in ("SECRET_KEY", "SEAL_KEYS", "HASH_KEY", "DATABASE_URL", "EMAIL_URL", "BOUNCES_URL", "METRICS_TOKEN"):
        assert secret not in given
        assert given[f"{secret}_FILE"] == f"/run/secrets/{secret.lower()}"
        assert secret.lower() in OURS[name]["secrets"]
        assert secret.lower() in COMPOSE["secrets"]


def test_every_queue_has_a_worker_and_mails_have_one_of_their_own() -> None:
    queues = {
        name: next(part for part in about["command"] if part.startswith("--queues="))[9:].split(",")
        for name, about in OURS.items()
        if "worker" in about["command"]
    }
    assert sorted(itertools.chain(*queues.values())) == sorted(queue.name for queue in settings.CELERY_TASK_QUEUES)
    # What waits for another server is read where servers can be reached.
    assert queues["mail"] == ["mail", "bounces"]


def test_the_web_server_has_a_thread_left_for_kept_pages() -> None:
    threads = next(part for part in OURS["web"]["command"] if part.startswith("--blocking-threads="))
    assert int(threads.partition("=")[2]) > MOST_THREADS_TAKEN


@pytest.mark.django_db
def test_postgresql_knows_its_settings() -> None:
    given = [part.partition("=")[0] for part in SERVICES["database"]["command"] if "=" in part]
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_settings WHERE lower(name) = ANY(%s)", [given])
        assert {row[0].lower() for row in cursor.fetchall()} == set(given)


def test_the_image_holds_what_runs_and_belongs_to_root() -> None:
    last = STEPS[max(n for n, (word, _step) in enumerate(STEPS) if word == "FROM") :]
    assert ["USER", "10001:10001"] in last
    assert not any("--chown" in step for word, step in last if word == "COPY")
    assert [step for word, step in last if word == "RUN" and not step.startswith("apt-get ")] == []
    assert "ADD" not in [word for word, _step in STEPS]
    installs = [line for line in DOCKERFILE.splitlines() if " install " in line and "apt-get" not in line]
    assert installs
    assert all("--require-hashes" in line for line in installs if "pip" in line)
    assert not re.search(r"requirements-dev|https?://(?!build\.example)", DOCKERFILE)


def test_the_folder_of_the_build_takes_nothing_but_what_is_named() -> None:
    first, *named = [
        line for line in (CHECKOUT / ".dockerignore").read_text().splitlines() if line[:1] not in {"#", ""}
    ]
    assert first == "*"
    taken = {line[1:] for line in named if line.startswith("!")}
    assert taken & {"var", ".git", ".venv", "secrets", "tests", "docs"} == set()
    assert {path for path in taken if not (CHECKOUT / path).exists()} == set()
    rooms = {Path(path).parent.name for path in CHECKOUT.glob("*/apps.py")}
    assert rooms <= taken


def test_secrets_are_made_once_for_nobody_else_to_read(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir(mode=0o755)
    first = subprocess.run(["sh", SECRETS, folder, "noborder.example"], check=True, capture_output=True, text=True)
    assert "now write your mail server" in first.stdout
    kept = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    again = subprocess.run(["sh", SECRETS, folder, "noborder.example"], check=True, capture_output=True, text=True)
    assert not any(line.startswith("made") for line in again.stdout.splitlines())
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == kept
    assert {path.stem for path in kept} == {*COMPOSE["secrets"], "fullchain", "privkey"}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "tls" / "privkey.pem").stat().st_mode) == 0o400
    password = (folder / "database_password").read_text()
    assert (folder / "database_url").read_text() == f"postgresql://noborder:{password}@database/noborder"


@pytest.mark.parametrize("content", [None, "", " \n"])
def test_a_secret_whose_file_says_nothing_stops_the_start(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "secret_key"
    if content is not None:
        file.write_text(content)
    environ = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}
    done = subprocess.run(
        [sys.executable, "-c", "import noborder.settings"],
        env=environ | {"SECRET_KEY_FILE": str(file)},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert ("cannot be read" if content is None else "SECRET_KEY is not set") in done.stderr


@pytest.mark.parametrize("token", ["", "0123456789abcdef" * 2])
def test_the_token_for_metrics_comes_from_its_file_and_may_be_empty(tmp_path: Path, token: str) -> None:
    file = tmp_path / "metrics_token"
    file.write_text(f"{token}\n")
    done = subprocess.run(
        [sys.executable, "-c", "from noborder.settings import METRICS_TOKEN; print(METRICS_TOKEN)"],
        env={**os.environ, "METRICS_TOKEN_FILE": str(file)},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == token
