"""Picture files for tests, harmless ones and others."""

import io
import struct
import zlib
from typing import Any

from PIL import ExifTags, Image, PngImagePlugin

# Planted where cameras and programs write it, and searched for in all that is kept.
SERIAL = b"CANARY-SERIAL-4711"
ARTIST = b"CANARY-ARTIST-OLENA"
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF>CANARY-XMP-LWOW</rdf:RDF></x:xmpmeta>"
COMMENT = b"CANARY-COMMENT-CAMERA"
CANARIES = [SERIAL, ARTIST, b"CANARY-XMP-LWOW", COMMENT, b"CANARY"]


def encoded(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def photo(width: int = 1200, height: int = 800, kind: str = "JPEG", **options: Any) -> bytes:
    """Red on the left, blue on the right."""
    picture = Image.new("RGB", (width, height), "red")
    picture.paste("blue", (width // 2, 0, width, height))
    return encoded(picture, kind, **options)


def with_metadata(kind: str) -> bytes:
    """A photo with GPS, a serial number, a name, XMP, and a comment or a text; a JPEG with an Exif thumbnail too."""
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = ARTIST.decode()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.BodySerialNumber] = SERIAL.decode()
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (49.0, 50.0, 22.5), 3: "E", 4: (24.0, 1.0, 48.0)})
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
    texts.add_text("Comment", COMMENT.decode(), zip=False)
    content = photo(kind=kind, exif=exif.tobytes(), **({"pnginfo": texts} if kind == "PNG" else {"xmp": XMP}))
    if kind == "JPEG":
        # Comment and a second picture behind the end, as telephones put a preview there.
        comment = b"\xff\xfe" + struct.pack(">H", len(COMMENT) + 2) + COMMENT
        return content[:2] + comment + content[2:] + photo(80, 60, comment=COMMENT)
    return content


def png(width: int, height: int, *, rows: int | None = None) -> bytes:
    """A PNG in one bit of grey, written by hand: as large as it claims to be, and very small."""
    row = b"\0" * (1 + (width + 7) // 8)
    pixels = zlib.compressobj(9)
    packed = b"".join(pixels.compress(row) for _row in range(height if rows is None else rows)) + pixels.flush()

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
