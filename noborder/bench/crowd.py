"""Many visitors at once, in a process of their own: `python crowd.py` reads what to do from its input, and prints what
it saw, both as JSON. Standard library only, so that it starts fast.

    {"port": 8000, "headers": {"Host": "localhost"}, "clients": 1000, "seconds": 5, "seed": 1,
     "paths": {"/en/": "what must stand on the page, if it comes without an encoding"}}
"""

import asyncio
import json
import random
import resource
import sys
from collections import Counter
from time import perf_counter
from typing import Any

# Who is told to come again does not do so at once.
PAUSE_WHEN_SENT_AWAY = 1.0
# What is asked for must be there long before that.
PATIENCE = 60


class Crowd:
    """Visitors that ask for one page after the other, each on a connection that is kept."""

    def __init__(self, wish: dict[str, Any]) -> None:
        self.wish = wish
        self.paths: list[tuple[str, bytes]] = [(path, mark.encode()) for path, mark in wish["paths"].items()]
        self.statuses: Counter[str] = Counter()
        self.times: list[float] = []
        self.mixed_up = self.without_retry_after = 0
        self.head = "\r\n".join(f"{name}: {value}" for name, value in wish["headers"].items())
        self.end = 0.0

    async def run(self) -> dict[str, Any]:
        start = perf_counter()
        self.end = start + self.wish["seconds"]
        chance = random.Random(self.wish["seed"])  # noqa: S311 - which page comes next is no secret
        visitors = [self.visit(random.Random(chance.random())) for _visitor in range(self.wish["clients"])]  # noqa: S311 - as above
        await asyncio.gather(*visitors)
        return {
            "statuses": self.statuses,
            "mixed_up": self.mixed_up,
            "without_retry_after": self.without_retry_after,
            "seconds": perf_counter() - start,
            "median": self.part(0.5),
            "p95": self.part(0.95),
        }

    def part(self, share: float) -> float:
        """How long so large a share of the answers 200 took at most."""
        times = sorted(self.times)
        return times[min(len(times) - 1, int(len(times) * share))] if times else 0.0

    async def visit(self, chance: random.Random) -> None:
        while perf_counter() < self.end:
            try:
                opening = asyncio.open_connection("127.0.0.1", self.wish["port"])
                reader, writer = await asyncio.wait_for(opening, PATIENCE)
            except (OSError, TimeoutError):
                self.statuses["no connection"] += 1
                await asyncio.sleep(PAUSE_WHEN_SENT_AWAY)
                continue
            try:
                while perf_counter() < self.end and await self.ask(reader, writer, *chance.choice(self.paths)):
                    pass
            except (OSError, TimeoutError, EOFError):
                self.statuses["broken"] += 1
            finally:
                writer.close()

    async def ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, mark: bytes) -> bool:
        """One page; whether the connection may be used again."""
        start = perf_counter()
        writer.write(f"GET {path} HTTP/1.1\r\n{self.head}\r\n\r\n".encode())
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        status, headers = read_head(head)
        body = await asyncio.wait_for(read_body(reader, headers), PATIENCE)
        self.statuses[status] += 1
        if status == "200":
            self.times.append(perf_counter() - start)
            self.mixed_up += mark not in body
        if status in {"429", "503"}:
            self.without_retry_after += "retry-after" not in headers
            await asyncio.sleep(PAUSE_WHEN_SENT_AWAY)
        return headers.get("connection") != "close"


def read_head(head: bytes) -> tuple[str, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return first.split()[1], {name.lower(): value.strip() for name, _colon, value in pairs}


async def read_body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(headers.get("content-length", 0)))
    body = b""
    while size := int(await reader.readline(), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readline()
    return body


if __name__ == "__main__":
    # Each visitor is an open file.
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    json.dump(asyncio.run(Crowd(json.load(sys.stdin)).run()), sys.stdout)
