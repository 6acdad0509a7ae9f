"""Cut Sofia Sans Extra Condensed (OFL) to one weight and the letters we set headlines in. See tools/README.md.

    python tools/cut_fonts.py FOLDER

Prints the @font-face rules, which stand on top of static/css/site.css. FOLDER is the unpacked npm package
@fontsource-variable/sofia-sans-extra-condensed.
"""

import shutil
import sys
import tempfile
import unicodedata
from pathlib import Path

from fontTools.merge import Merger
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

ROOT = Path(__file__).resolve().parent.parent
FONTS = ROOT / "static" / "fonts"
FAMILY = "Sofia Sans Extra Condensed"
WEIGHT = 850
# The same input is to give the same bytes.
NO_TIME = 3_841_171_200  # 20 September 2025, in seconds since 1904
FEATURES = ["kern", "tnum", "calt", "locl", "liga"]

BASIC = {*range(0x20, 0x7F)}
SIGNS = set(map(ord, "\u00a0«»°·×ʼ–—‘’‚“”„•…‹›€−↑↓"))
SEVEN_LANGUAGES = set(
    map(
        ord,
        "ÀÂÆÇÈÉÊËÎÏÔÙÛÜŸŒàâæçèéêëîïôùûüÿœ"  # French
        "ÄÖÜẞäöüß"  # German
        "ÁÉËÏÍÓÖÚÜáéëïíóöúü"  # Dutch
        "ÅÄÖŠŽåäöšž"  # Finnish, Swedish
        "ĄĆĘŁŃÓŚŹŻąćęłńóśźż"  # Polish
        "ÇĞİÖŞÜçğıöşü"  # Turkish
        "ÀÈÌÒÙàèìòùÑñÁÍÓÚáíóúÃÕãõØøÆæ",  # Italian, Spanish, Portuguese, Danish: names of cities
    )
)
LATIN = BASIC | SIGNS | SEVEN_LANGUAGES
LATIN_MORE = {*range(0xC0, 0x180), 0x218, 0x219, 0x21A, 0x21B, *range(0x1E80, 0x1E86), 0x1EF2, 0x1EF3} - LATIN
# Ukrainian, Russian, Belarusian, Bulgarian, Serbian and Macedonian.
CYRILLIC = {*range(0x400, 0x460), 0x490, 0x491, 0x2116}
GREEK = {0x384, 0x385, 0x386, *range(0x388, 0x3CF)}


def at_one_weight(package: Path, script: str) -> TTFont:
    """The static font of one file of the package."""
    name = f"sofia-sans-extra-condensed-{script}-wght-normal.woff2"
    return instantiateVariableFont(TTFont(package / "files" / name), {"wght": WEIGHT})


def subset(font: TTFont, letters: set[int]) -> TTFont:
    """*font* with no more than *letters*, unhinted."""
    options = Options()
    options.layout_features = FEATURES
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.drop_tables += ["STAT"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=letters)
    subsetter.subset(font)
    return font


def with_plain_cyrillic(font: TTFont) -> TTFont:
    """Makes the international letter forms the normal ones.

    The font shows Bulgarian forms by default and the others for the language tag RUS alone, so that Ukrainian would be
    set in forms that look foreign there."""
    table = font["GSUB"].table
    forms: dict[str, str] = {}
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag == "locl":
            for index in record.Feature.LookupListIndex:
                for rule in table.LookupList.Lookup[index].SubTable:
                    forms |= getattr(rule, "ExtSubTable", rule).mapping
    for part in font["cmap"].tables:
        part.cmap = {code: forms.get(glyph, glyph) for code, glyph in part.cmap.items()}
    return font


def merged(first: TTFont, second: TTFont) -> TTFont:
    """Both fonts in one; their letters must not overlap."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [f"{folder}/{number}.ttf" for number in range(2)]
        for font, path in zip([first, second], paths, strict=True):
            font.flavor = None
            font.save(path)
        return Merger().merge(paths)


def base_letters(font: TTFont) -> dict[str, str]:
    """Glyphs of accented letters and the glyphs of the bare ones: Ń to N, Ł to L."""
    cmap = font.getBestCmap()
    bare = {ord("Ł"): "L", ord("ł"): "l", ord("ı"): "i", ord("Ø"): "O", ord("ø"): "o"}
    found: dict[str, str] = {}
    for code, glyph in cmap.items():
        base = bare.get(code) or unicodedata.normalize("NFD", chr(code))[0]
        if base != chr(code) and ord(base) in cmap:
            found[glyph] = cmap[ord(base)]
    return found


def with_kerning_for(font: TTFont, accented: dict[str, str]) -> TTFont:
    """Gives each accented glyph that no class pair knows the kerning class of its bare letter.

    The package's files are cut by script, so the pairs of, say, Ń and A got lost between two of them."""
    for lookup in font["GPOS"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            pairs = getattr(table, "ExtSubTable", table)
            if pairs.LookupType != 2 or pairs.Format != 2:
                continue
            covered = set(pairs.Coverage.glyphs)
            first, second = pairs.ClassDef1.classDefs, pairs.ClassDef2.classDefs
            for glyph, base in accented.items():
                if base in covered and glyph not in covered:
                    covered.add(glyph)
                    if base in first:
                        first[glyph] = first[base]
                if base in second and glyph not in second:
                    second[glyph] = second[base]
            pairs.Coverage.glyphs = sorted(covered, key=font.getGlyphID)
    return font


def unicode_range(letters: set[int]) -> str:
    """*letters* as CSS writes them."""
    spans: list[list[int]] = []
    for code in sorted(letters):
        if spans and code == spans[-1][1] + 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return ", ".join(f"U+{a:04X}" if a == b else f"U+{a:04X}-{b:04X}" for a, b in spans)


def face(script: str, letters: set[int]) -> str:
    return f"""@font-face {{
  font-family: "{FAMILY}";
  src: url("../fonts/sofia-{script}.woff2") format("woff2");
  font-weight: 700 900;
  font-display: swap;
  unicode-range: {unicode_range(letters)};
}}
"""


def save(font: TTFont, script: str) -> str:
    """Writes one file and returns its rule for the style sheet."""
    font.flavor = "woff2"
    font.recalcTimestamp = False
    font["head"].created = font["head"].modified = NO_TIME
    path = FONTS / f"sofia-{script}.woff2"
    font.save(path)
    letters = set(font.getBestCmap())
    print(f"{path.name}: {path.stat().st_size:,} bytes, {len(letters)} letters")
    return face(script, letters)


def main() -> None:
    package = Path(sys.argv[1])
    FONTS.mkdir(parents=True, exist_ok=True)
    plain = subset(at_one_weight(package, "latin"), LATIN)
    extended = subset(at_one_weight(package, "latin-ext"), LATIN - set(plain.getBestCmap()))
    latin = merged(plain, extended)
    rules = [
        save(with_kerning_for(latin, base_letters(latin)), "latin"),
        save(subset(with_plain_cyrillic(at_one_weight(package, "cyrillic")), CYRILLIC), "cyrillic"),
        save(subset(at_one_weight(package, "latin-ext"), LATIN_MORE), "latin-more"),
        save(subset(at_one_weight(package, "greek"), GREEK), "greek"),
    ]
    print("\n".join(rules))
    shutil.copyfile(package / "LICENSE", FONTS / "OFL.txt")


if __name__ == "__main__":
    main()
