"""A body that nobody read is taken before the answer leaves, as far as it may be."""

import io
from collections.abc import Iterable
from typing import Any

import pytest
from pytest_django import Settings

from noborder.drained import AT_ONCE, MOST_BYTES, Drained


def refusing(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Reads so much, and says no."""
    environ["wsgi.input"].read(environ.get("reads", 0))
    start_response("403 Forbidden", [])
    return [b"no"]


class Gone(io.BytesIO):
    """Of somebody who has closed the connection."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size:
            raise ConnectionResetError
        return b""


def left(body: io.BytesIO, length: str, drained: Drained | None = None, **environ: Any) -> int:
    """How many bytes are unread once the answer is there."""
    asked = {"CONTENT_LENGTH": length, "wsgi.input": body, **environ}
    assert list((drained or Drained(refusing))(asked, lambda status, headers: None)) == [b"no"]
    return len(body.getvalue()) - body.tell()


@pytest.mark.parametrize(
    ("size", "length", "reads", "unread"),
    [
        (200_000, "200000", 0, 0),
        (200_000, "200000", 150_000, 0),
        (200_000, "200000", 200_000, 0),
        # Nobody announced a body, or one that is not waited for.
        (200_000, "", 0, 200_000),
        (200_000, "0", 0, 200_000),
        (200_000, "-1", 0, 200_000),
        (200_000, "many", 0, 200_000),
        (200_000, str(MOST_BYTES + 1), 0, 200_000),
        (200_000, "9" * 5000, 0, 200_000),
    ],
)
def test_what_is_left_of_a_body_is_read(size: int, length: str, reads: int, unread: int) -> None:
    assert left(io.BytesIO(b"x" * size), length, reads=reads) == unread


def test_who_sends_more_than_announced_is_not_listened_to_for_ever() -> None:
    assert left(io.BytesIO(b"x" * (MOST_BYTES + 200_000)), "5") == 200_000


def test_a_sender_who_has_gone_is_no_error() -> None:
    left(Gone(b"x"), "1")


def test_few_may_send_slowly_at_a_time(settings: Settings) -> None:
    settings.SECURE_PROXY_SSL_HEADER = None
    drained = Drained(refusing)
    for _slow in range(AT_ONCE):
        drained.turns.acquire()
    assert left(io.BytesIO(b"xxx"), "3", drained) == 3
    drained.turns.release()
    assert left(io.BytesIO(b"xxx"), "3", drained) == 0
