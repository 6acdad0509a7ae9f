"""One way to write a word: lower case, without accents, so that Łódź, Lodz and ŁÓDŹ meet."""

import re
import unicodedata

from anyascii import anyascii
from django.utils.text import slugify

# Letters that Unicode does not take apart into a base and an accent.
_WHOLE_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
)
# Ukrainian letters that Unicode puts behind all others; in the alphabet each follows this one.
_AMONG_OTHERS = str.maketrans({"ґ": "г\uffff", "є": "е\uffff", "і": "и\uffff"})
SHORTEST_INSIDE = 3
_APOSTROPHES = re.compile(r"[\u0027\u02bc\u2019\u02b9\u0060\u00b4]")
_GAPS = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """The form in which names are compared: accents, case, apostrophes and punctuation gone, scripts kept."""
    text = _APOSTROPHES.sub("", text.casefold().translate(_WHOLE_LETTERS))
    # й and ї are letters of their own, but a keyboard without them writes и and і: fold them alike.
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _GAPS.sub(" ", bare.translate(_WHOLE_LETTERS)).strip()


def in_order(text: str) -> str:
    """What names are sorted by: as in a dictionary, where Österreich stands beside Oman and Італія behind Зімбабве."""
    return fold(text).translate(_AMONG_OTHERS)


def romanise(text: str) -> str:
    """The form in which texts are searched: folded, and in Latin letters, so that “marsh” and “марш” meet."""
    return fold(anyascii(fold(text)))


def in_text(word: str) -> str:
    """What to look for in a text for *word*: the short ones only at the start of a word, or they are everywhere."""
    return word if len(word) >= SHORTEST_INSIDE else f" {word}"


def slug_of(text: str, *, longest: int = 60) -> str:
    """An ASCII slug, romanised; "protest" where nothing is left. Cut at a word."""
    slug = slugify(anyascii(text))
    if len(slug) > longest:
        slug = slug[: longest + 1].rsplit("-", 1)[0][:longest]
    return slug or "protest"
