"""What sends a submission into quarantine: mail domains, links and words that admins list, and floods. Its sender sees
nothing of it, and nothing is refused: a moderator looks at it when there is time."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from events.folding import fold
from events.lookalike import look_of
from events.models import BlockedTerm, Revision

Quarantine = Revision.Quarantine
# New protests of one account in a day; whoever has more to tell than this is known to the moderators.
MOST_A_DAY = 10
# So many other accounts that send the same text within an hour are too many for chance.
MOST_SENDERS_OF_A_TEXT = 3
# Shorter texts resemble each other by themselves.
FEWEST_WORDS = 15
ALIKE = 0.9
# How many of the last hour are compared.
LATEST = 200

_HOST = re.compile(r"(?<![\w.-])(?:[\w-]+\.)+[^\W\d_]{2,}(?![\w-])")


def quarantine_for(details: dict[str, Any], *, by: Any, now: datetime) -> str:
    """Why a new protest with these *details* goes into quarantine; "" if it does not."""
    return listed_in(details, by.email) or _part_of_flood(details, by, now)


def _texts(details: dict[str, Any]) -> Iterator[str]:
    """All that people wrote for the public."""
    yield from (str(details.get(name) or "") for name in ("title", "description", "organiser_name", "access_notes"))
    yield from (str(details.get(name) or "") for name in ("venue", "address", "contact_link", "picture_alt"))
    for translation in (details.get("translations") or {}).values():
        yield from (str(text) for text in translation.values())


def listed_in(details: dict[str, Any], address: str) -> str:
    """Which list holds something of a protest with these *details*, sent by whoever reads mail to *address*."""
    listed: dict[str, list[str]] = {}
    for kind, value in BlockedTerm.objects.values_list("kind", "value"):
        listed.setdefault(kind, []).append(value)
    kinds = BlockedTerm.Kind
    addresses = (address, str(details.get("contact_email") or ""))
    if any(_is_below(_domain_of(mail), value) for mail in addresses for value in listed.get(kinds.MAIL_DOMAIN, [])):
        return Quarantine.MAIL_DOMAIN
    text = "\n".join(_texts(details))
    if any(_is_below(host, value) for host in _hosts(text) for value in listed.get(kinds.LINK, [])):
        return Quarantine.LINK
    return Quarantine.WORD if _holds_any(text, listed.get(kinds.WORD, [])) else ""


def _domain_of(address: str) -> str:
    return host_of(address.rpartition("@")[2])


def host_of(text: str) -> str:
    """*text* as the name of a host is compared: small letters, those beyond Latin as the network writes them."""
    name = text.strip().strip(".").lower().removeprefix("www.")
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return name


def is_host(name: str) -> bool:
    return bool(_HOST.fullmatch(name))


def _hosts(text: str) -> set[str]:
    return {host_of(name) for name in _HOST.findall(text)}


def _is_below(host: str, listed: str) -> bool:
    return host == listed or host.endswith(f".{listed}")


def _holds_any(text: str, words: list[str]) -> bool:
    """Whether one of *words* stands in *text* as whole words, in whatever letters that look like them."""
    seen = f" {_looks(text)} " if words else ""
    return any(f" {_looks(word)} " in seen for word in words)


def _looks(text: str) -> str:
    return " ".join(look_of(word) for word in fold(text).split())


def _part_of_flood(details: dict[str, Any], by: Any, now: datetime) -> str:
    first = Revision.objects.filter(number=1, event__is_example=False)
    if first.filter(author=by, submitted_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY:
        return Quarantine.FLOOD
    words = _words(str(details.get("description") or ""))
    if len(words) < FEWEST_WORDS:
        return ""
    latest = first.filter(submitted_at__gt=now - timedelta(hours=1)).exclude(author=by).order_by("-submitted_at")
    rows = latest.values_list("author", "description")[:LATEST]
    senders = {author for author, text in rows if _likeness(words, _words(text)) >= ALIKE}
    return Quarantine.FLOOD if len(senders) >= MOST_SENDERS_OF_A_TEXT else ""


def _words(text: str) -> set[str]:
    return set(fold(text).split())


def _likeness(some: set[str], others: set[str]) -> float:
    return len(some & others) / len(some | others) if others else 0
