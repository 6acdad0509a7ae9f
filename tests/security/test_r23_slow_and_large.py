"""R23: who is slow, or sends far too much, is refused early and keeps nobody else waiting."""

import http.client
import socket
import ssl
from contextlib import ExitStack
from urllib.parse import urlencode

import pytest

from tests.ops.composed import Composed

pytestmark = [pytest.mark.xdist_group("composed"), pytest.mark.django_db(transaction=True)]


def half_asked(site: Composed, door: str, stack: ExitStack) -> socket.socket:
    """A connection whose request never comes to its end."""
    opened = stack.enter_context(socket.create_connection(("localhost", site.ports[door])))
    opened.sendall(b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\nX-Slow: ")
    return opened


@pytest.mark.parametrize("door", ["onion", "web"])
def test_many_slow_connections_keep_nobody_waiting(composed: Composed, door: str, is_long: bool) -> None:
    """At the proxy, and at a web process that stands alone."""
    with ExitStack() as stack:
        for _visitor in range(1000 if is_long else 200):
            half_asked(composed, door, stack)
        answers = [composed.ask(path, door=door, Host="localhost") for path in ("/en/", "/accounts/login/") * 5]
    assert {answer.status for answer in answers} == {200}


def test_what_is_too_large_is_refused_before_it_is_read(composed: Composed) -> None:
    context = ssl.create_default_context(cafile=str(composed.folder / "secrets" / "tls" / "fullchain.pem"))
    with (
        socket.create_connection(("localhost", composed.ports["https"])) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as opened,
    ):
        opened.sendall(b"POST /en/register/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1073741824\r\n\r\n")
        assert opened.recv(100).split()[1] == b"413"


@pytest.mark.parametrize(
    ("path", "fields", "statuses"),
    [
        ("/accounts/login/", 100_000, {400, 403}),
        ("/en/protests/?" + "&".join(f"a{n}=1" for n in range(900)), 0, {301, 302, 400, 414}),
        ("/en/protests/?" + "&".join(f"a{n}=1" for n in range(10_000)), 0, {414}),
    ],
)
def test_fields_without_number_are_refused(composed: Composed, path: str, fields: int, statuses: set[int]) -> None:
    body = urlencode([(f"field{n}", "x") for n in range(fields)]).encode()
    answer = composed.ask(
        path,
        "POST" if fields else "GET",
        body=body or None,
        Content_Type="application/x-www-form-urlencoded",
        Origin=composed.url,
    )
    assert answer.status in statuses


@pytest.mark.parametrize("path", ["/accounts/login/", "/en/protests/"])
def test_a_refusal_reaches_whoever_still_sends(composed: Composed, path: str) -> None:
    """Refused by its headers alone; the connection lives on, which a proxy uses for the next visitor."""
    size = 1_300_000
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 198.51.100.7\r\n"
    with socket.create_connection(("127.0.0.1", composed.ports["web"]), timeout=60) as opened:
        for _time in range(2):
            opened.sendall(f"{head}Origin: https://evil.example\r\nContent-Length: {size}\r\n\r\n".encode())
            for _piece in range(13):
                opened.sendall(b"x" * (size // 13))
            answer = http.client.HTTPResponse(opened)
            answer.begin()
            assert answer.status in {403, 405}
            answer.read()
