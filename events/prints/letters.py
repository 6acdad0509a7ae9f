"""Which letters the fonts of a sheet hold: ours (tools/cut_print_fonts.py) and those inside Typst. Any other would
leave a gap, and nobody would see that something is missing."""

import re

# Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic; Arabic of Africa and Asia; Devanagari; Georgian; Cherokee;
# letters with marks, punctuation, arrows and signs; ligatures.
DRAWN = (
    "\u0020-\u04ff\u0531-\u06ff\u0750-\u077f\u08a0-\u08ff\u0900-\u097f\u10d0-\u10ff\u13a0-\u13ff"
    "\u1d00-\u23ff\u2460-\u2604\u2639-\u266f\u2706-\u2709\u2713\u2714\u2717-\u271f\u2764\u2c60-\u2c7f\ufb00-\ufb06\ufe70-\ufefc"
)
_NOT_DRAWN = re.compile(f"[^{DRAWN}]+")
# What joins parts of an emoji stays behind alone.
_JOINERS = "\u200c\u200d\u20e3"


def drawable(text: str) -> str:
    """*text* in one line, without what no font holds; nothing if only signs and digits of it would be left."""
    words = (word.strip(_JOINERS) for word in _NOT_DRAWN.sub(" ", text).split())
    left = " ".join(filter(None, words))
    return left if not _NOT_DRAWN.search(text) or any(map(str.isalpha, left)) else ""
