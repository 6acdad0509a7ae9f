"""How many pages a second one core sends when all of them are kept, beside nginx that sends the same bytes as files."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen

from events.models import Event
from noborder.bench import pages
from noborder.bench.figures import Row, Table, a_second
from noborder.bench.launch import free_port
from noborder.embedded.processes import wait_until
from noborder.embedded.site import answers

NEEDED = ("nginx", "wrk", "taskset")
INSTALL = "Throughput: not measured. It needs programs that are not here: apt-get install nginx-light wrk\n"
# The servers share one core, one after the other; the client has another.
SERVER, CLIENT = ["taskset", "-c", "0"], ["taskset", "-c", "1"]
CONNECTIONS = 16
ENCODING = "br"
HEADERS = {"Host": "localhost", "Accept-Encoding": ENCODING}
SECONDS_TO_START = 10
CONFIGURATION = """
daemon off; worker_processes 1; error_log /dev/null; pid {folder}/nginx.pid; {user}
events {{ worker_connections 64; }}
http {{
    access_log off; keepalive_requests 100000000; open_file_cache max=10; default_type text/html;
    client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
    uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
    server {{ listen 127.0.0.1:{port}; root {folder}/files; add_header Content-Encoding {encoding}; }}
}}
"""


def measure(*, seconds: int, runs: int) -> Table | str:
    """Each page of the protests that are there, from nginx and from our memory; says what is missing to do that."""
    if not all(map(shutil.which, NEEDED)):
        return INSTALL
    # Searches are never kept.
    found = pages.paths(list(Event.objects.order_by("pk")[:1]))
    paths = {name.replace(" ", ""): path for name, path in found.items() if name != "search"}
    with pages.web_server(prefix=SERVER) as ours, TemporaryDirectory() as folder:
        files = _written(ours, paths, Path(folder) / "files")
        with _nginx(Path(folder)) as theirs:
            rows = [(Row(f"nginx, {name}", len(body)), f"http://127.0.0.1:{theirs}/{name}") for name, body in files]
            rows += [(Row(f"kept, {name}", len(body)), f"http://127.0.0.1:{ours}{paths[name]}") for name, body in files]
            rows.append((Row("made by Django (/healthz)"), f"http://127.0.0.1:{ours}/healthz"))
            for _run in range(runs):
                for row, url in rows:
                    row.seconds.append(_seconds_a_page(url, seconds))
    title = f"Throughput: one core for the server, wrk with {CONNECTIONS} connections, {ENCODING}"
    return Table(title, {"requests/s": a_second}, [row for row, _url in rows])


def _written(port: int, paths: dict[str, str], folder: Path) -> list[tuple[str, bytes]]:
    """Each page as the site sends it, and in a file of its name."""
    folder.mkdir()
    files = []
    for name, path in paths.items():
        request = Request(f"http://127.0.0.1:{port}{path}", headers=HEADERS)
        with urlopen(request) as response:  # noqa: S310 - our own server
            body = response.read()
        (folder / name).write_bytes(body)
        files.append((name, body))
    return files


@contextmanager
def _nginx(folder: Path) -> Iterator[int]:
    port = free_port()
    user = "user root;" if os.geteuid() == 0 else ""
    configuration = folder / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder, user=user, port=port, encoding=ENCODING))
    command = [*SERVER, "nginx", "-p", str(folder), "-c", str(configuration)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: process.poll() is not None or answers(port), seconds=SECONDS_TO_START)
            yield port
        finally:
            process.terminate()


def _seconds_a_page(url: str, seconds: int) -> float:
    headers = [part for name, value in HEADERS.items() for part in ("-H", f"{name}: {value}")]
    command = [*CLIENT, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", *headers, url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if rate is None or "Non-2xx" in said:
        raise RuntimeError(f"{url} could not be measured: {said}")
    return 1 / float(rate[1])
