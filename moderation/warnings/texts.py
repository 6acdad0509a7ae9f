"""What stands in the texts and should not: ways to reach private people, hidden links, shouting."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from events.folding import fold
from events.models import Revision
from moderation.warnings.caution import Caution, look, note
from moderation.warnings.place import public_texts

SHORTENERS = {
    "bit.ly",
    "buff.ly",
    "clck.ru",
    "cutt.ly",
    "goo.gl",
    "is.gd",
    "lnkd.in",
    "ow.ly",
    "rb.gy",
    "rebrand.ly",
    "s.id",
    "shorturl.at",
    "t.co",
    "t.ly",
    "tiny.cc",
    "tinyurl.com",
    "v.gd",
}
FEWEST_DIGITS, MOST_DIGITS = 8, 15

_LINK = re.compile(r"(?:https?://|www\.)[^\s<>()\[\]]+", re.IGNORECASE)
_BARE_HOST = re.compile(r"(?<![\w@./-])((?:[\w-]+\.)+[a-z]{2,})(?=/\w)", re.IGNORECASE)
# Not the name of an account elsewhere, as in @name@example.org.
_MAIL = re.compile(r"(?<![\w@.+-])[\w.+-]+(?:@|\s?[\[(]\s?(?:at|ät)\s?[\])]\s?)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)

_WORLDWIDE = re.compile(r"(?<![\w+])(?:\+|00(?=[1-9]))\s?\(?\d(?:[\s().\-/–]{0,3}\d){7,14}(?!\w)")
_IN_PAIRS = re.compile(r"(?<!\d)0\d(?:[ .\-]\d{2}){4}(?!\w)")
_ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?:\s?\w{4}){3,}")
# What else is written with digits: days, hours, positions.
_OTHER_NUMBERS = re.compile(
    r"""\b\d{4}-\d{1,2}-\d{1,2}\b
    | (?<!\d)\d{1,2}[./-]\s?\d{1,2}[./-]\s?(?:\d{4}|\d{2})(?!\d)
    | (?<!\d)\d{1,2}\.\s?\d{1,2}\.(?!\d)
    | (?<!\d)\d{1,2}[:.h]\d{2}(?!\d)
    | \d+[.,]\d{3,}(?=\s*[,;/]\s*\d+[.,]\d{3,}) | (?<=[,;/\s])\d{1,3}\.\d{4,}""",
    re.VERBOSE,
)
_FROM_ZERO = re.compile(r"(?<![\w.,])\(?0\d{1,5}\)?(?:[ \-/–.]{0,3}\d){4,11}(?!\w)")
_IN_GROUPS = re.compile(
    r"(?<![\w.,+])(?:[1-9]\d{2}([ \-.])\d{3}\1(?!000)\d{3}|\(?[1-9]\d\)?([ \-])\d{3}[ \-]\d{2}[ \-]\d{2}"
    r"|\(\d{3}\) ?\d{3}[ \-]\d{4}|[1-9]\d{8})(?![\w]|[ .]\d{3})"
)

# Words that a private name follows, in the languages of the site, and a first name and a family name behind them.
_CALLED = (
    r"ansprech(?:person|partner(?:in|\*in|:in)?)|anmelder(?:in|\*in|:in)?|v\.?\s?i\.?\s?s\.?\s?d\.?\s?p\.?|kontaktperson"
    r"|contact person|ask for|contactpersoon|vraag naar|personne à contacter|demander|osoba kontaktowa"
    r"|контактна особа|звертатися до|питайте|yhteyshenkilö|yhteydenotot"
)
_CALLED_IF_COLON = r"contact|kontakt|контакт|organiser|organizer|organizator(?:ka)?|організатор(?:ка)?|responsable"
_NAME = r"[A-ZÀ-ÖØ-ÞĄĆĘŁŃŚŹŻА-ЯІЇЄҐ][\w’'-]+ [A-ZÀ-ÖØ-ÞĄĆĘŁŃŚŹŻА-ЯІЇЄҐ][\w’'-]+"
_PRIVATE_NAME = re.compile(rf"\b(?i:(?:{_CALLED})\s*[:\-–]?|(?:{_CALLED_IF_COLON})\s*:)\s*({_NAME})")
FEWEST_CAPITALS = 8
MOSTLY = 0.8


def about_texts(revision: Revision) -> Iterator[Caution]:
    texts = public_texts(revision)
    yield from about_links(revision, texts)
    if any(map(has_phone, texts)):
        yield look(_("A phone number stands in the text: everybody can read it, and it cannot be taken back."))
    if any(map(has_mail_address, texts)):
        yield look(_("An e-mail address stands in the text: everybody can read it, and machines collect it."))
    for name in filter(None, (private_name(text) for text in texts)):
        if fold(name) not in fold(revision.organiser_name):
            yield look(_("The text may name a private person: “%(name)s”.") % {"name": name})
            break
    if is_shouted(revision.title):
        yield note(_("The title is written in capitals."))
    if not revision.description:
        yield note(_("There is no text beside the title."))


def about_links(revision: Revision, texts: list[str]) -> Iterator[Caution]:
    hosts = {host_of(revision.contact_link), *(host for text in texts for host in hosts_in(text))}
    for host in sorted(hosts & SHORTENERS):
        yield look(_("A link hides where it leads: %(host)s is a link shortener.") % {"host": host})


def host_of(link: str) -> str:
    try:
        return (urlsplit(link).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def hosts_in(text: str) -> list[str]:
    """The hosts of all links in *text*, those written without https:// among them."""
    links = [link.rstrip(".,;:!?") for link in _LINK.findall(text)]
    full = [link if "://" in link else f"https://{link}" for link in links]
    bare = [host.lower().removeprefix("www.") for host in _BARE_HOST.findall(_LINK.sub(" ", text))]
    return [host_of(link) for link in full] + bare


def has_phone(text: str) -> bool:
    """Whether *text* holds a phone number, written for the whole world or for callers of one country."""
    text = _ACCOUNT.sub(" ", _MAIL.sub(" ", _LINK.sub(" ", text)))
    if _IN_PAIRS.search(text) or _is_one(_WORLDWIDE, text):
        return True
    text = _OTHER_NUMBERS.sub(" ¤ ", text)
    return _is_one(_FROM_ZERO, text) or _is_one(_IN_GROUPS, text)


def _is_one(pattern: re.Pattern[str], text: str) -> bool:
    lengths = (sum(map(str.isdigit, found.group())) for found in pattern.finditer(text))
    return any(FEWEST_DIGITS <= length <= MOST_DIGITS for length in lengths)


def has_mail_address(text: str) -> bool:
    return bool(_MAIL.search(_LINK.sub(" ", text)))


def private_name(text: str) -> str:
    """A first and a family name behind words such as “contact person”; "" without one."""
    found = _PRIVATE_NAME.search(text)
    return found.group(1) if found else ""


def is_shouted(title: str) -> bool:
    letters = [letter for letter in title if letter.lower() != letter.upper()]
    return len(letters) >= FEWEST_CAPITALS and sum(map(str.isupper, letters)) > MOSTLY * len(letters)
