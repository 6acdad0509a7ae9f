"""CSV as spreadsheets write it: any of three delimiters, quoted line breaks, a byte order mark."""

import csv
import io
import itertools

from django.utils.translation import gettext as _

from organising.importing.reading import MOST_ROWS, RawRow, Unreadable, check_number, text_of

# The heading of each column, and the field of the form that it fills. docs/organisers.md explains them.
COLUMNS = {
    "uid": "uid",
    "title": "title",
    "description": "description",
    "language": "language",
    "kind": "kind",
    "day": "day",
    "start": "start_time",
    "end": "end_time",
    "country": "country",
    "where": "place_kind",
    "city": "city",
    "place": "venue",
    "address": "address",
    "position": "position",
    "zone": "zone",
    "who may know": "disclosure",
    "known from day": "disclose_day",
    "known from time": "disclose_time",
    "public from day": "publish_day",
    "public from time": "publish_time",
    "languages": "spoken_languages",
    "access": "access_features",
    "access notes": "access_notes",
    "organiser": "organiser_name",
    "link": "contact_link",
    "note": "note",
}
NEEDED = ("title", "day")
_FORMULA = ("=", "+", "-", "@")


def read_table(content: bytes) -> list[RawRow]:
    """The rows below the headings; empty ones are left out. Raises Unreadable."""
    text = text_of(content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=False)
    try:
        headings = [_heading(cell) for cell in next(reader, [])]
        _check(headings)
        lines = [(reader.line_num, line) for line in itertools.islice(reader, 20 * MOST_ROWS)]
    except csv.Error as error:
        raise Unreadable(_("This table is damaged near line %(line)d.") % {"line": reader.line_num}) from error
    rows = [_row(number, headings, cells) for number, cells in lines if any(cell.strip() for cell in cells)]
    check_number(len(rows))
    return rows


def _delimiter(text: str) -> str:
    first = text.lstrip().partition("\n")[0]
    return max(",;\t", key=first.count)


def _heading(cell: str) -> str:
    return " ".join(cell.replace("_", " ").casefold().split())


def _check(headings: list[str]) -> None:
    if len(set(headings) & set(COLUMNS)) < len(NEEDED) or not set(NEEDED) <= set(headings):
        message = _("The first line has to name the columns, at least “title” and “day”. Look at the example.")
        raise Unreadable(message)
    known = [heading for heading in headings if heading in COLUMNS]
    if len(known) != len(set(known)):
        raise Unreadable(_("Two columns have the same name."))


def _row(number: int, headings: list[str], cells: list[str]) -> RawRow:
    # A dict from shorter to longer: cells beyond the last heading belong to nothing.
    trouble = [_("This row has more cells than the table has columns.")] if any(cells[len(headings) :]) else []
    named = {COLUMNS[name]: _plain(cell) for name, cell in zip(headings, cells, strict=False) if name in COLUMNS}
    uid = named.pop("uid", "")
    return RawRow(number, {name: text for name, text in named.items() if text}, uid, trouble)


def _plain(cell: str) -> str:
    """A cell without the apostrophe that keeps spreadsheets from taking it for a formula."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text
