"""A TCP proxy between senders and the mail server that misbehaves on request, in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable
from typing import Self


class Proxy:
    """Hands on what it hears, until it is told to lose the answers (half-open: nobody hangs up, nobody says anything)
    or to hang up."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.loses_answers = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        started = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._meet, "127.0.0.1", 0), self._loop)
        self._server = started.result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_error: object) -> None:
        self.hang_up()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def hang_up(self) -> None:
        """Cut every connection that is open now."""

        def cut() -> None:
            for writer in self._writers:
                writer.transport.abort()

        self._loop.call_soon_threadsafe(cut)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answers, server = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, server}
        await asyncio.gather(
            self._hand_on(reader, server, lambda: False), self._hand_on(answers, writer, lambda: self.loses_answers)
        )
        self._writers -= {writer, server}

    async def _hand_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_lost: Callable[[], bool]
    ) -> None:
        try:
            while data := await reader.read(65536):
                if not is_lost():
                    writer.write(data)
                    await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
