"""Compiling and checking locale/ without gettext."""

import gettext
import os
from pathlib import Path

import pytest

from noborder.translations import compile_all, missing

POLISH = """
msgid ""
msgstr ""
"Language: pl\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=4; plural=(n==1 ? 0 : (n%10>=2 && n%10<=4) && (n%100<12 || n%100>14) ? 1 : "
"n!=1 && (n%10>=0 && n%10<=1) || (n%10>=5 && n%10<=9) || (n%100>=12 && n%100<=14) ? 2 : 3);\\n"

msgid "Remind me"
msgstr "Przypomnij mi"

#, fuzzy
msgid "Doubtful"
msgstr "Niepewne"

msgid "Missing"
msgstr ""

msgid "%(count)s protest"
msgid_plural "%(count)s protests"
msgstr[0] "%(count)s protest"
msgstr[1] "%(count)s protesty"
msgstr[2] "%(count)s protestów"
msgstr[3] "%(count)s protestu"

msgid "%(count)s country"
msgid_plural "%(count)s countries"
msgstr[0] "%(count)s kraj"
msgstr[1] ""
msgstr[2] "%(count)s krajów"
msgstr[3] "%(count)s kraju"
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    source = tmp_path / "pl" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(POLISH)
    return source


def test_missing_names_empty_doubtful_and_half_translated_plurals(source: Path) -> None:
    assert missing(source) == ["Doubtful", "Missing", "%(count)s country"]


def test_compiled_files_translate_and_choose_the_plural(source: Path) -> None:
    compile_all(source.parent.parent.parent)
    with source.with_suffix(".mo").open("rb") as file:
        polish = gettext.GNUTranslations(file)
    assert polish.gettext("Remind me") == "Przypomnij mi"
    assert polish.gettext("Doubtful") == "Doubtful"
    forms = [polish.ngettext("%(count)s protest", "%(count)s protests", count) for count in (1, 3, 12)]
    assert forms == ["%(count)s protest", "%(count)s protesty", "%(count)s protestów"]


def test_only_what_changed_is_compiled_again(source: Path) -> None:
    compiled = source.with_suffix(".mo")
    compile_all(source.parent.parent.parent)
    os.utime(compiled, (2_000_000_000, 2_000_000_000))
    compile_all(source.parent.parent.parent)
    assert compiled.stat().st_mtime == 2_000_000_000
    os.utime(source, (2_000_000_001, 2_000_000_001))
    compile_all(source.parent.parent.parent)
    assert compiled.stat().st_mtime != 2_000_000_000
