"""What readers of files share: a row as they found it, and what makes a whole file useless."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

MOST_ROWS = 500


class Unreadable(Exception):
    """Nothing of the file can be used. The message is for the person, translated."""


@dataclass(frozen=True)
class RawRow:
    """`number` is the line or the entry as people count them; `uid` names the row for good, if it has such a name.
    `cells` are by field of the form, as they were written. `trouble` is what the reader itself cannot take."""

    number: int
    cells: dict[str, str]
    uid: str = ""
    trouble: list[str] = field(default_factory=list)


def text_of(content: bytes) -> str:
    """*content* as text, without a byte order mark and without NULs. Raises Unreadable."""
    try:
        return content.decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError as error:
        raise Unreadable(_("This file is not in UTF-8. Save it as “CSV UTF-8” and try again.")) from error


def check_number(rows: int) -> None:
    """Raises Unreadable for more than anybody looks through."""
    if rows > MOST_ROWS:
        message = _("This file has %(number)d protests; at most %(most)d are taken at once. Split it.")
        raise Unreadable(message % {"number": rows, "most": MOST_ROWS})
