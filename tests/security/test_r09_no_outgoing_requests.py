"""R9: the site fetches nothing from anywhere, so nobody can make it fetch: no code of ours knows how to."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

ROOMS = ("accounts", "events", "moderation", "noborder", "organising", "outbox", "reminders")
# What opens a connection to an address that somebody else could choose.
CLIENTS = {
    *("aiohttp", "ftplib", "http", "httpx", "imaplib", "poplib", "pycurl", "requests", "socket", "socketserver"),
    *("ssl", "telnetlib", "urllib.request", "urllib3", "websocket", "websockets", "xmlrpc"),
}
# The local launcher and the benchmark talk to servers that they have started themselves; mail goes to the one server
# of EMAIL_URL (outbox/mail_server.py, by smtplib); `http` is imported for the names of statuses. Errors are reported
# to the one address, and returned mails fetched from the one mailbox, that the host has set.
OURS = ("noborder/embedded/", "noborder/bench/", "noborder/error_reports.py", "outbox/bounces.py")
NAMES_ONLY = {"http.HTTPStatus"}


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_client(name: str) -> bool:
    return name not in NAMES_ONLY and any(name == client or name.startswith(f"{client}.") for client in CLIENTS)


def test_no_room_knows_how_to_open_a_connection() -> None:
    found, files = [], 0
    for room in ROOMS:
        for path in sorted((Path(settings.BASE_DIR) / room).rglob("*.py")):
            name = str(path.relative_to(settings.BASE_DIR))
            if name.startswith(OURS):
                continue
            files += 1
            found += [f"{name}: {imported}" for imported in _imports(path) if _is_client(imported)]
    assert found == []
    assert files > 200
