"""An SMTP server that keeps what it accepts, and misbehaves on request.

Run as ``python tests/sink.py PORT LOG [SECONDS]``: one line of JSON per accepted mail, written before the 250 leaves; then
it waits SECONDS, so that a sender killed "between 250 and mark" is no rare accident. What a recipient's domain begins with decides:
``421.``, ``450.``, ``550.`` at RCPT; ``data554.`` after DATA; ``hang.`` never answers; ``cut.`` closes before the 250.
"""

import asyncio
import json
import sys
from email.parser import BytesHeaderParser
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

HANG_SECONDS = 3600


class Sink:
    def __init__(self, log: Path, pause: float) -> None:
        self.log = log
        self.pause = pause

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        wish = address.partition("@")[2].partition(".")[0]
        if wish.isdigit():
            return f"{wish} as you wish"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        address = envelope.rcpt_tos[0]
        wish = address.partition("@")[2].partition(".")[0]
        if wish == "hang":
            await asyncio.sleep(HANG_SECONDS)
        if wish == "cut":
            server.transport.abort()
            return "250 never heard"
        if wish.startswith("data"):
            return f"{wish.removeprefix('data')} as you wish"
        content = envelope.content
        headers = BytesHeaderParser().parsebytes(content if isinstance(content, bytes) else b"")
        line = json.dumps({"to": address, "id": headers["Message-ID"], "subject": str(headers["Subject"])})
        with self.log.open("a") as log:
            log.write(line + "\n")
        if self.pause:
            await asyncio.sleep(self.pause)
        return "250 OK"


async def serve(port: int, log: Path, pause: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Sink(log, pause), hostname="sink.example", enable_SMTPUTF8=True), "127.0.0.1", port
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 0))
