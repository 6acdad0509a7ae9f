"""Compiles and checks the files in locale/ with Babel, so that running the site needs no gettext."""

from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_all(folder: Path) -> None:
    """Bring every .mo below `folder` up to date with its .po."""
    for source in folder.glob("*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            draft = target.with_suffix(".new")
            with draft.open("wb") as file:
                write_mo(file, read(source))
            draft.replace(target)


def read(source: Path) -> Catalog:
    """The content of a .po file."""
    with source.open("rb") as file:
        return read_po(file, locale=source.parent.parent.name)


def missing(source: Path) -> list[str]:
    """What a .po file leaves untranslated or marks as doubtful."""
    return [first_form(message) for message in read(source) if message.id and not is_done(message)]


def is_done(message: Message) -> bool:
    """Whether all forms of a message are translated and nobody has a doubt."""
    forms = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return all(forms) and not message.fuzzy


def first_form(message: Message) -> str:
    """The English text of a message, its singular where it has two."""
    return message.id if isinstance(message.id, str) else message.id[0]
