"""Figures of several runs as a table of plain text. Only the ratios mean something on another machine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import TypeVar

Result = TypeVar("Result")


@dataclass
class Row:
    """One thing that was measured: the seconds that one unit of work took, once for each run."""

    name: str
    size: int | None = None
    seconds: list[float] = field(default_factory=list)

    def speed_beside(self, baseline: "Row") -> float:
        """How fast it is, the baseline being 1: the median of the ratios within each run."""
        return median(base / own for base, own in zip(baseline.seconds, self.seconds, strict=True))


Column = Callable[[float], str]


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.2f}"


def in_seconds(seconds: float) -> str:
    return f"{seconds:.3f}"


def a_second(seconds: float) -> str:
    often = 1 / seconds
    return f"{often:,.0f}" if often >= 10 else f"{often:.2f}"


@dataclass
class Table:
    """Rows of which the first is the baseline."""

    title: str
    columns: dict[str, Column]
    rows: list[Row]

    def __str__(self) -> str:
        has_sizes = any(row.size is not None for row in self.rows)
        lines = [["", *self.columns, "speed", *(["bytes"] if has_sizes else [])]]
        for row in self.rows:
            figures = [column(median(row.seconds)) for column in self.columns.values()]
            size = ["" if row.size is None else f"{row.size:,}"] if has_sizes else []
            lines.append([row.name, *figures, f"{row.speed_beside(self.rows[0]):.2%}", *size])
        return f"{self.title}\n{aligned(lines)}\n"


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """The first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join([name.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))])
        for name, *cells in lines
    )


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """How many seconds *work* takes, and what it gives."""
    start = perf_counter()
    result = work()
    return perf_counter() - start, result
