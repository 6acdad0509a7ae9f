"""The proxy of docker-compose.yml on this machine, by Debian's nginx: for tests and benchmarks, on other ports."""

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from noborder.embedded.places import CHECKOUT
from noborder.embedded.processes import identity_of, wait_until
from noborder.embedded.site import answers
from noborder.embedded.trouble import Trouble

DEPLOY = CHECKOUT / "deploy"
SECRETS = DEPLOY / "make_secrets.sh"
MIME_TYPES = Path("/etc/nginx/mime.types")
SECONDS_TO_START = 30
# The doors of the proxy by the ports that they have in its container.
DOORS = {"http": 8080, "https": 8443, "onion": 8081}


def program() -> str | None:
    """Debian puts nginx where ordinary users do not look."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")


def owner() -> pwd.struct_passwd | None:
    """Who runs it instead of root, as in its container."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def write_configuration(folder: Path, ports: Mapping[str, int]) -> None:
    """The files of deploy/ in *folder*, with paths below it and these ports; its secrets are there already."""
    folder.chmod(0o755)
    for name in ("tmp", "cache", "challenge", "etc"):
        (folder / name).mkdir()
    shutil.copytree(folder / "secrets" / "tls", folder / "tls")
    shutil.copy(MIME_TYPES, folder / "etc")
    for name in ("nginx.conf", "site.conf"):
        (folder / "etc" / name).write_text(_here((DEPLOY / name).read_text(), folder, ports))
    if user := owner():
        for path in [folder / "tls", *folder.glob("tls/*"), folder / "cache", folder / "tmp"]:
            os.chown(path, user.pw_uid, user.pw_gid)


def _here(text: str, folder: Path, ports: Mapping[str, int]) -> str:
    # First those that may not find themselves in what the others put in.
    text = re.sub(r" /(tmp|tls|challenge)\b", rf" {folder}/\1", text)
    text = text.replace("/var/cache/nginx/", f"{folder}/cache/")
    for service in ("web", "rooms"):
        text = text.replace(f"{service}:8000", f"127.0.0.1:{ports[service]}")
    for door, port in DOORS.items():
        text = text.replace(f"listen {port}", f"listen 127.0.0.1:{ports[door]}")
    return text


@contextmanager
def running(folder: Path, ports: Mapping[str, int]) -> Iterator[None]:
    """nginx as in the container, before the web processes on ports["web"] and ports["rooms"]."""
    nginx = program()
    if not nginx:
        raise Trouble("Needed and not here: nginx-light. As root: apt-get install --no-install-recommends nginx-light")
    subprocess.run(["sh", SECRETS, folder / "secrets", "localhost"], check=True, stdout=subprocess.DEVNULL)
    write_configuration(folder, ports)
    command: list[str | Path] = [nginx, "-e", "/dev/null", "-c", folder / "etc" / "nginx.conf", "-g", "daemon off;"]
    nowhere = subprocess.DEVNULL
    with subprocess.Popen(command, cwd="/", stdout=nowhere, stderr=nowhere, **identity_of(owner())) as process:
        try:
            wait_until(lambda: process.poll() is not None or answers(ports["onion"]), seconds=SECONDS_TO_START)
            yield
        finally:
            process.terminate()
