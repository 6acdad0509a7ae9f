"""Cut the fonts of posters and share pictures (all OFL): static ones, since typst takes variable ones at one weight
only. See tools/README.md.

    python -m tools.cut_print_fonts SOFIA NOTO

SOFIA is the unpacked npm package @fontsource-variable/sofia-sans-extra-condensed; NOTO the file
NotoSansArabic[wdth,wght].ttf of the PyPI package fontpkg-noto-sans-arabic.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from fontTools.merge import Merger
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

from tools.cut_fonts import (
    CYRILLIC,
    GREEK,
    LATIN,
    LATIN_MORE,
    NO_TIME,
    ROOT,
    base_letters,
    with_kerning_for,
    with_plain_cyrillic,
)

FONTS = ROOT / "events" / "prints" / "fonts"
# Headlines, and the lines below them.
WEIGHTS = {"heavy": 850, "medium": 500}
ARABIC = {*range(0x600, 0x700), *range(0x750, 0x780), *range(0x8A0, 0x900), 0x200C, 0x200D, 0x200E, 0x200F, 0x20, 0xA0}
# Narrow, as it stands beside a condensed face.
ARABIC_WIDTH = 75


def kept(font: TTFont, letters: set[int]) -> TTFont:
    """*font* with no more than *letters*, with all features of its script, unhinted."""
    options = Options()
    options.layout_features = ["*"]
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.drop_tables += ["STAT"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=letters)
    subsetter.subset(font)
    return font


def sofia(package: Path, weight: int) -> TTFont:
    """One font with all scripts of the package that we set headlines in."""
    parts: list[TTFont] = []
    taken: set[int] = set()
    for script, letters in (
        ("latin", LATIN),
        ("latin-ext", LATIN | LATIN_MORE),
        ("cyrillic", CYRILLIC),
        ("greek", GREEK),
    ):
        path = package / "files" / f"sofia-sans-extra-condensed-{script}-wght-normal.woff2"
        font = instantiateVariableFont(TTFont(path), {"wght": weight})
        part = kept(font, letters - taken)
        if script == "cyrillic":
            part = with_plain_cyrillic(part)
        taken |= set(part.getBestCmap())
        parts.append(part)
    font = in_one(parts)
    return with_kerning_for(font, base_letters(font))


def in_one(fonts: list[TTFont]) -> TTFont:
    with tempfile.TemporaryDirectory() as folder:
        paths = [f"{folder}/{number}.ttf" for number, _font in enumerate(fonts)]
        for font, path in zip(fonts, paths, strict=True):
            font.flavor = None
            font.save(path)
        return Merger().merge(paths)


def save(font: TTFont, family: str, name: str, weight: int) -> None:
    """Write one file; typst finds it by family and weight."""
    for record in font["name"].names:
        if record.nameID in {1, 4}:
            record.string = family
    font["OS/2"].usWeightClass = weight
    font.recalcTimestamp = False
    font["head"].created = font["head"].modified = NO_TIME
    path = FONTS / f"{name}.ttf"
    font.save(path)
    print(f"{path.name}: {path.stat().st_size:,} bytes, {len(font.getBestCmap())} letters")


def main() -> None:
    package, noto = Path(sys.argv[1]), Path(sys.argv[2])
    FONTS.mkdir(parents=True, exist_ok=True)
    for name, weight in WEIGHTS.items():
        save(sofia(package, weight), "Sofia Sans Extra Condensed", f"sofia-{name}", weight)
        arabic = instantiateVariableFont(TTFont(noto), {"wght": weight, "wdth": ARABIC_WIDTH})
        save(kept(arabic, ARABIC), "Noto Sans Arabic Condensed", f"arabic-{name}", weight)
    shutil.copyfile(package / "LICENSE", FONTS / "OFL-sofia.txt")
    shutil.copyfile(noto.parent.parent / "LICENSE", FONTS / "OFL-arabic.txt")


if __name__ == "__main__":
    main()
