"""Posters, leaflets and share pictures: what stands on them, and that none is ever older than its page."""

import io
from pathlib import Path

import pypdf
import typst
from django.test import Client
from PIL import Image

from events.models import Event
from events.prints.sheets import Kind, Sheet
from events.tasks import make_print

A4, A3 = (595, 842), (842, 1191)
HOSTILE = [
    '#import "/etc/passwd": *',
    '#read("common.typ") $x^2$ *bold* _it_ `raw` <label> @ref \\ // no comment',
    "]] }} \"quoted\" 'single' #{panic()} [link](https://evil.example) \\u{41}",
]


def sheet(kind: Kind, event: Event, language: str = "en") -> Sheet:
    return Sheet(kind, language, event.public_id)


def address(event: Event, name: str, language: str = "en") -> str:
    return f"/{language}/protests/{event.public_id}-{event.slug}/{name}"


def got(client: Client, path: str, wanted: Sheet) -> bytes:
    """The sheet at *path*: asked for, made, fetched."""
    assert client.get(path).status_code == 202
    make_print(wanted.name)
    response = client.get(path)
    assert response.status_code == 200, path
    return bytes(response.content)


def text_of(pdf: bytes) -> str:
    """The words of a PDF, without the breaks of its lines."""
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


def size_of(pdf: bytes) -> tuple[int, int]:
    page = pypdf.PdfReader(io.BytesIO(pdf)).pages[0]
    return round(page.mediabox.width), round(page.mediabox.height)


def as_picture(pdf: bytes, folder: Path) -> Image.Image:
    """The first page as a printer would show it."""
    (folder / "sheet.pdf").write_bytes(pdf)
    page = b'#set page(width: auto, height: auto, margin: 0pt)\n#image("sheet.pdf")'
    drawn = typst.Compiler(page, root=folder).compile(format="png", ppi=144.0)
    return Image.open(io.BytesIO(drawn)).convert("L")
