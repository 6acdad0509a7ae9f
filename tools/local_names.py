"""Names in the script of the country, found among GeoNames' alternate names, which carry no language.

A spelling counts as the local one if its official romanisation gives GeoNames' main name: "Бровари" gives "Brovary",
the Russian "Бровары" does not.
"""

from collections.abc import Callable, Iterable

from events.folding import fold


def _table(letters: str, latin: str) -> dict[str, str]:
    return dict(zip(letters, latin.split(), strict=True))


_UKRAINIAN = _table("абвгґдежзиіклмнопрстуфхцчшщ", "a b v h g d e zh z y i k l m n o p r s t u f kh ts ch sh shch")
_UKRAINIAN["ь"] = ""
_SOFT_INSIDE = {"є": "ie", "ї": "i", "й": "i", "ю": "iu", "я": "ia"}
_SOFT_FIRST = {"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"}
_BULGARIAN = _table(
    "абвгдежзийклмнопрстуфхцчшщъьюя", "a b v g d e zh z i y k l m n o p r s t u f h ts ch sh sht a y yu ya"
)
_GREEK = _table("αβγδεζηθικλμνξοπρσςτυφχψω", "a v g d e z i th i k l m n x o p r s s t y f ch ps o")
_GREEK_PAIRS = {"ου": "ou", "γγ": "ng", "γχ": "nch", "γξ": "nx", "αυ": "av", "ευ": "ev", "ηυ": "iv"}
_APOSTROPHES = "'’ʼ`"


def ukrainian_to_latin(name: str, *, geographic: bool = False) -> str:
    """The Cabinet of Ministers' table of 2010; with *geographic* the older one that many maps still use."""
    out: list[str] = []
    previous = " "
    for letter in name.lower():
        if letter in _APOSTROPHES:
            continue
        if letter == "г" and previous == "з":
            out.append("gh")
        elif letter in _SOFT_FIRST:
            table = _SOFT_FIRST if geographic or not previous.isalpha() else _SOFT_INSIDE
            out.append(table[letter])
        else:
            out.append(_UKRAINIAN.get(letter, letter))
        previous = letter
    return "".join(out)


def bulgarian_to_latin(name: str) -> str:
    """The streamlined system of the Transliteration Act."""
    name = name.lower()
    if name.endswith("ия"):
        name = name[:-2] + "иa"
    return "".join(_BULGARIAN.get(letter, letter) for letter in name)


def greek_to_latin(name: str) -> str:
    """ELOT 743 without its finer points."""
    name = fold(name)
    for pair, latin in _GREEK_PAIRS.items():
        name = name.replace(pair, latin)
    return "".join(_GREEK.get(letter, letter) for letter in name)


def _loose_greek(latin: str) -> str:
    # Maps write χ as ch, kh or h, υ as y or i, and αυ as av, af or au.
    for variant, plain in [("kh", "ch"), ("y", "i"), ("af", "av"), ("ef", "ev"), ("ei", "i"), ("oi", "i")]:
        latin = latin.replace(variant, plain)
    return latin


_KEYS: dict[str, list[Callable[[str], str]]] = {
    "UA": [lambda name: fold(ukrainian_to_latin(name)), lambda name: fold(ukrainian_to_latin(name, geographic=True))],
    "BG": [lambda name: fold(bulgarian_to_latin(name))],
    "GR": [lambda name: _loose_greek(greek_to_latin(name))],
    "CY": [lambda name: _loose_greek(greek_to_latin(name))],
}
_LETTERS: dict[str, set[str]] = {
    country: {letter for known in table for letter in fold(known)} | {" "}
    for country, table in {
        "UA": _UKRAINIAN | _SOFT_FIRST,
        "BG": _BULGARIAN,
        "GR": _GREEK,
        "CY": _GREEK,
    }.items()
}
_ROMANISERS: dict[str, Callable[[str], str]] = {
    "UA": ukrainian_to_latin,
    "BG": bulgarian_to_latin,
    "GR": greek_to_latin,
    "CY": greek_to_latin,
}
_MAIN_KEYS: dict[str, Callable[[str], str]] = {
    "GR": lambda name: _loose_greek(fold(name)),
    "CY": lambda name: _loose_greek(fold(name)),
}


def local_name(country: str, main_name: str, alternates: Iterable[str]) -> str | None:
    """The alternate that is the local spelling of *main_name*, or None where that cannot be told."""
    wanted = _MAIN_KEYS.get(country, fold)(main_name)
    letters = _LETTERS.get(country, set())
    found = [
        name
        for name in alternates
        if name and name[0].isupper() and set(fold(name)) <= letters
        for key in _KEYS[country]
        if key(name) == wanted
    ]
    # Other languages write the same name without the soft signs that romanisation drops: "Уман", "Умань".
    return max(found, key=len, default=None)


def romanised(country: str, name: str) -> str:
    """*name* in Latin letters by the country's own rules, unchanged where none are known here."""
    return _ROMANISERS.get(country, str)(name)
