"""Facts become bytes: Typst sets the sheet, in this process, without files, fonts or packages of anybody else."""

import functools
import hashlib
import io
import json
from importlib.metadata import version
from pathlib import Path

import segno
import typst
from PIL import Image

from events.prints.facts import Facts
from events.prints.sheets import Kind

HERE = Path(__file__).resolve().parent
TEMPLATES, FONTS = HERE / "templates", HERE / "fonts"
# 1200 by 630 dots of a picture of 600 by 315 points.
DOTS = 144.0
# Enough for four flat colours and the edges between them; a third of the bytes of a full palette.
COLOURS = 32


@functools.cache
def release() -> str:
    """Changes with templates, fonts and libraries: whatever the facts do not hold, and which changes a sheet."""
    digest = hashlib.sha256(f"{version('typst')} {version('segno')}".encode())
    for path in sorted([*TEMPLATES.iterdir(), *FONTS.iterdir(), Path(__file__)]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def key_of(kind: Kind, facts: Facts) -> str:
    """The same for the same content: beginning with the release, so that older ones are found."""
    drawn = f"{kind.value} {json.dumps(facts, sort_keys=True)}"
    return f"{release()}-{hashlib.sha256(drawn.encode()).hexdigest()[:40]}"


@functools.cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[FONTS])


@functools.cache
def _compiler(template: str) -> typst.Compiler:
    return typst.Compiler(TEMPLATES / f"{template}.typ", root=TEMPLATES, font_paths=_fonts())


def draw(kind: Kind, facts: Facts) -> bytes:
    """A PDF of one page, or a PNG for a picture."""
    inputs = _inputs(facts)
    if kind.is_picture:
        return _smaller(_one_file(_compiler(kind.value).compile(format="png", ppi=DOTS, sys_inputs=inputs)))
    return _one_file(_compiler(kind.value).compile(format="pdf", sys_inputs=inputs, timestamp=0))


def draw_pages(template: str, facts: Facts) -> bytes:
    """A PDF of as many pages as it takes."""
    return _one_file(_compiler(template).compile(format="pdf", sys_inputs=_inputs(facts), timestamp=0))


def _inputs(facts: Facts) -> dict[str, str]:
    return {"data": json.dumps({**facts, "qr": _qr_code(str(facts["link"]))})}


def _qr_code(link: str) -> str:
    """An SVG; a quarter of it may be covered by a tape or a crease."""
    drawn = io.BytesIO()
    segno.make(link, error="q", micro=False).save(drawn, kind="svg", border=0, xmldecl=False, omitsize=True)
    return drawn.getvalue().decode()


def _one_file(drawn: bytes | list[bytes] | None) -> bytes:
    if not isinstance(drawn, bytes):
        raise ValueError("The sheet does not fit into one file.")
    return drawn


def _smaller(png: bytes) -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(out, "PNG")
    return out.getvalue()
