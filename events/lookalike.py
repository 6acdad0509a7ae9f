"""How a name looks, whatever script its letters are from: what moderators are warned of, never a ban."""

from events.folding import fold

# Lower-case letters of other scripts, digits and pairs that pass for a Latin letter; i, l and 1 for one another.
_LOOKS_LIKE = str.maketrans(
    {
        **dict(zip("авекмнорстухіѕјԁԛԝь", "abekmhopctyxlsjdqwb", strict=True)),
        **dict(zip("αβεηικνορτυχω", "abenlkvoptyxw", strict=True)),
        **dict(zip("i1035", "lloes", strict=True)),
    }
)


def look_of(name: str) -> str:
    """The same for names that the eye takes for one another."""
    look = fold(name).translate(_LOOKS_LIKE).replace(" ", "")
    return look.replace("rn", "m").replace("vv", "w")
