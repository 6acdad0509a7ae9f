"""How much is measured, and in which order."""

from collections.abc import Iterator
from dataclasses import dataclass

from noborder.bench import burst, pages, planning, sending, throughput
from noborder.bench.figures import Table


@dataclass(frozen=True)
class Sizes:
    """Of everything that is measured."""

    protests: tuple[int, ...]
    requests: int
    # How long each row of the throughput is asked for.
    seconds: int
    followers: int
    followed_protests: int
    mails: int
    history: int
    # Visitors at once, and for how many seconds each time.
    crowd: int
    crowd_seconds: float
    runs: int


QUICK = Sizes(
    protests=(2_000, 20_000),
    requests=5,
    seconds=1,
    followers=10_000,
    followed_protests=500,
    mails=2_000,
    history=50_000,
    crowd=1_000,
    crowd_seconds=6,
    runs=3,
)
LONG = Sizes(
    protests=(2_000, 20_000, 200_000),
    requests=10,
    seconds=3,
    followers=100_000,
    followed_protests=500,
    mails=20_000,
    history=1_000_000,
    crowd=1_000,
    crowd_seconds=15,
    runs=5,
)


def tables(sizes: Sizes) -> Iterator[Table | str]:
    """Measure everything, table by table; a text says why one is missing."""
    for protests in sizes.protests:
        yield pages.measure(protests=protests, requests=sizes.requests, runs=sizes.runs)
    yield throughput.measure(seconds=sizes.seconds, runs=sizes.runs)
    for of_places in (False, True):
        yield planning.measure(
            followers=sizes.followers, protests=sizes.followed_protests, of_places=of_places, runs=sizes.runs
        )
    for history in (0, sizes.history):
        yield from sending.measure(mails=sizes.mails, history=history, runs=sizes.runs)
    yield burst.measure(protests=sizes.followed_protests, clients=sizes.crowd, seconds=sizes.crowd_seconds)
