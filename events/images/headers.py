"""What a file says about itself in its first bytes. Read by hand, so that no decoder ever runs in a web process."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_HEIF = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_NO_SIZE = {0xC4, 0xC8, 0xCC}
# Far more than cameras and programs write before the size; a hostile file could hold millions.
MOST_MARKERS = 10_000


class NotAPicture(ValueError):
    """Neither JPEG nor PNG nor WebP, or cut off before its size stands there."""


class Heic(NotAPicture):
    """What many telephones make, and few browsers show."""


@dataclass(frozen=True)
class Header:
    format: str
    width: int
    height: int
    is_animated: bool = False

    @property
    def pixels(self) -> int:
        return self.width * self.height


def read_header(content: bytes) -> Header:
    """Format and size of *content*, whatever its name says. Raises NotAPicture."""
    try:
        if content.startswith(b"\xff\xd8\xff"):
            return _jpeg(content)
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(content)
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return _webp(content)
    except (struct.error, IndexError) as error:
        raise NotAPicture("cut off") from error
    raise Heic if content[4:8] == b"ftyp" and content[8:12] in _HEIF else NotAPicture


def _jpeg(content: bytes) -> Header:
    at = 2
    for _marker in range(MOST_MARKERS):
        if content[at] != 0xFF:
            break
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in _NO_SIZE:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return Header("JPEG", width, height)
        elif marker == 0x01 or 0xD0 <= marker <= 0xD7:
            at += 2
        else:
            at += 2 + struct.unpack_from(">H", content, at + 2)[0]
    raise NotAPicture("a JPEG without a size")


def _png(content: bytes) -> Header:
    if content[12:16] != b"IHDR":
        raise NotAPicture("a PNG without a header")
    width, height = struct.unpack_from(">II", content, 16)
    return Header("PNG", width, height, is_animated=b"acTL" in _png_chunks_before_pixels(content))


def _png_chunks_before_pixels(content: bytes) -> Iterator[bytes]:
    at = 8
    for _chunk in range(MOST_MARKERS):
        if at + 8 > len(content):
            return
        length, name = struct.unpack_from(">I4s", content, at)
        if name == b"IDAT":
            return
        yield name
        at += 12 + length


def _webp(content: bytes) -> Header:
    kind = content[12:16]
    if kind == b"VP8X":
        width = 1 + int.from_bytes(content[24:27], "little")
        height = 1 + int.from_bytes(content[27:30], "little")
        return Header("WEBP", width, height, is_animated=bool(content[20] & 2))
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", content, 21)
        return Header("WEBP", 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", content, 26)
        return Header("WEBP", width & 0x3FFF, height & 0x3FFF)
    raise NotAPicture("a WebP of a kind that we do not know")
