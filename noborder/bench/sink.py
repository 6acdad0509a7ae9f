"""An SMTP server that takes every mail and forgets it, as fast as Python can. Run as `python sink.py PORT`.
NOOP is answered with the number of mails it has taken."""

import asyncio
import sys
from typing import ClassVar, cast

END_OF_TEXT = b"\r\n.\r\n"
ANSWERS = {b"EHLO": b"250-sink.example\r\n250 PIPELINING\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}


class Sink(asyncio.Protocol):
    """One connection."""

    taken: ClassVar[int] = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.waiting = b""
        self.is_in_text = False
        self.transport.write(b"220 sink.example\r\n")

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while True:
            part, end, rest = self.waiting.partition(END_OF_TEXT if self.is_in_text else b"\r\n")
            if not end:
                return
            self.waiting = rest
            self.answer(part)

    def answer(self, part: bytes) -> None:
        verb = b"" if self.is_in_text else part[:4].upper()
        Sink.taken += self.is_in_text
        self.is_in_text = verb == b"DATA"
        self.transport.write(b"250 %d\r\n" % Sink.taken if verb == b"NOOP" else ANSWERS.get(verb, b"250 ok\r\n"))
        if verb == b"QUIT":
            self.transport.close()


async def serve(port: int) -> None:
    """Say so when mails may come, then take them for ever."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
