"""Text of strangers without the characters that break lines, headers and XML."""

import re

_LINE_ENDS = re.compile("\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# XML allows the last two in no form at all.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")


def clean(text: str) -> str:
    """One kind of line end, and no other control character; broken surrogates replaced."""
    text = _LINE_ENDS.sub("\n", text).encode("utf-8", "replace").decode()
    return _CONTROLS.sub("", text)


def one_line(text: str) -> str:
    """*text* with every run of spaces and line ends as one space."""
    return " ".join(clean(text).split())


def clean_address(text: str) -> str:
    """A URL as it may stand in a feed: without any space."""
    return "".join(clean(text).split())
