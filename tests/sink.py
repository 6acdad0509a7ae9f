"""An SMTP server that keeps what it accepts, and misbehaves on request.

Run as ``python tests/sink.py PORT LOG [SECONDS [plain]]``; it says ``ready`` and its port, which is any free one for 0.
One line of JSON per accepted mail, written before the 250 leaves; then it waits SECONDS, so that a sender killed
"between 250 and mark" is no rare accident. It offers PIPELINING, unless it is to be plain. What a recipient's domain
begins with decides. At RCPT: ``421.``, ``450.``, ``550.`` are answered so, ``grey.`` with 451 the first time,
``grey4.`` four times, ``policy.`` with 550 5.7.1, ``early.`` by hanging up. After DATA: ``data554.`` is answered so,
``hang.`` never, ``cut.`` by hanging up, ``kept.`` by hanging up once the mail is kept. More than a megabyte: 552.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

HANG_SECONDS = 3600
MOST_BYTES = 1_000_000


def wish_of(address: str) -> str:
    return address.partition("@")[2].partition(".")[0]


def accepted(log: Path) -> list[dict[str, Any]]:
    """The mails that stand in the log; a line that is still being written is not there yet."""
    lines = log.read_text().splitlines(keepends=True) if log.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


class Sink:
    def __init__(self, log: Path, pause: float, greeted: Counter[str], *, is_plain: bool) -> None:
        self.log = log
        self.pause = pause
        self.greeted = greeted
        self.is_plain = is_plain

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return responses if self.is_plain else ["250-PIPELINING", *responses]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        wish = wish_of(address)
        if wish.isdigit():
            return f"{wish} as you wish"
        if wish.startswith("grey") and self.greeted[address] < int(wish.removeprefix("grey") or 1):
            self.greeted[address] += 1
            return "451 come back later"
        if wish == "policy":
            return "550 5.7.1 not from you"
        if wish == "early":
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        address = envelope.rcpt_tos[0]
        wish = wish_of(address)
        if wish == "hang":
            await asyncio.sleep(HANG_SECONDS)
        if wish == "cut":
            server.transport.abort()
            return "250 never heard"
        if wish.startswith("data"):
            return f"{wish.removeprefix('data')} as you wish"
        content = envelope.content
        message = message_from_bytes(content if isinstance(content, bytes) else b"", policy=policy.default)
        body = message.get_body(("plain",))
        line = json.dumps(
            {
                "at": time.time(),
                "connection": (session.peer or ("", 0))[1],
                "to": address,
                "from": envelope.mail_from,
                "id": message["Message-ID"],
                "subject": message["Subject"],
                "date": message["Date"],
                "text": body.get_content() if body else "",
            }
        )
        with self.log.open("a") as log:
            log.write(line + "\n")
        if wish == "kept":
            server.transport.abort()
        if self.pause:
            await asyncio.sleep(self.pause)
        return "250 OK"


async def serve(port: int, log: Path, pause: float, *, is_plain: bool) -> None:
    loop = asyncio.get_running_loop()
    sink = Sink(log, pause, Counter(), is_plain=is_plain)
    server = await loop.create_server(
        lambda: SMTP(sink, hostname="sink.example", data_size_limit=MOST_BYTES), "127.0.0.1", port
    )
    sys.stdout.write(f"ready {server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    port, log, pause, *ways = [*sys.argv[1:], "0"] if len(sys.argv) == 3 else sys.argv[1:]
    asyncio.run(serve(int(port), Path(log), float(pause), is_plain="plain" in ways))
