"""Numbers as bars: a table in which each row has its number as text and, drawn beside it, as a length."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.humanize.templatetags.humanize import intcomma


@dataclass(frozen=True)
class Bar:
    label: str
    text: str
    # Per cent of the longest one, as SVG writes numbers in every language.
    share: str
    url: str = ""


# A label, its number, and what stands before the number (“>”).
Row = tuple[str, int] | tuple[str, int, str]


def bars(rows: Iterable[Row], urls: dict[str, str] | None = None) -> list[Bar]:
    """The rows in their order; *urls* by label."""
    rows = list(rows)
    longest = max((row[1] for row in rows), default=0) or 1
    return [
        Bar(
            label=row[0],
            text=f"{row[2]} {intcomma(row[1])}".strip() if len(row) > 2 else str(intcomma(row[1])),
            share=f"{100 * row[1] / longest:.2f}",
            url=(urls or {}).get(row[0], ""),
        )
        for row in rows
    ]
