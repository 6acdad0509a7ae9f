"""How much organisers may write to those who follow their protest. Who is not trusted yet writes little, without links,
and to many people only what a moderator has read."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape

from accounts.models import User
from events.markdown import as_html, as_plain_text
from events.models import Event
from organising.models import Announcement
from organising.trust import is_trusted

A_DAY_TRUSTED = 5
A_DAY = 2
# From here on what an organiser who is not trusted writes goes to the moderators first.
MOST_UNSEEN = 200

# Whatever a mail program may turn into a link: an address with its scheme or without it, or what looks like a domain.
_LINK = re.compile(
    r"[\w+.-]{0,40}://\S*|//[\w\[]\S*|www\.\S*|\bhttps?\b\S*|\d{1,3}(?:\.\d{1,3}){3}\S*"
    r"|[\w-]{1,63}\.(?:xn--\w|[^\W\d_]{2,}(?![^\W_]))\S*",
    re.IGNORECASE,
)
_HREF = re.compile(r'href="([^"]+)"')
_FULL_STOPS = str.maketrans(dict.fromkeys("。．｡", "."))
_UNSEEN = {"Cf", "Mn", "Mc"}


@dataclass(frozen=True)
class Budget:
    """What one organiser may send to those who follow one protest."""

    is_trusted: bool
    sent: int

    @property
    def most(self) -> int:
        return A_DAY_TRUSTED if self.is_trusted else A_DAY

    @property
    def left(self) -> int:
        return max(0, self.most - self.sent)


def budget_of(event: Event, user: User, now: datetime) -> Budget:
    """All that was sent within a day counts, whoever sent it and whatever moderators said; what was stopped before any
    mail had left does not."""
    sent = Announcement.objects.filter(event=event, sent_at__gt=now - timedelta(days=1)).count()
    return Budget(is_trusted(user, event, event), sent)


def first_link(texts: Iterable[str]) -> str:
    """What is, or looks like, a link in *texts*, as they are written and as a mail shows them; "" if nothing does."""
    return next(filter(None, map(_link_in, texts)), "")


def _link_in(text: str) -> str:
    html = as_html(text)
    if "<a" in html:
        href = _HREF.search(html)
        return unescape(href.group(1)) if href else text
    found = next(filter(None, (_LINK.search(_unmasked(one)) for one in (as_plain_text(text), text))), None)
    return found.group() if found else ""


def _unmasked(text: str) -> str:
    """Without what hides a dot or a letter from the pattern, and from nobody else: entities, escapes, other forms of
    the same character, marks, and characters that nobody sees."""
    text = unicodedata.normalize("NFKC", unescape(text).replace("\\", "")).translate(_FULL_STOPS)
    return "".join(character for character in text if unicodedata.category(character) not in _UNSEEN)
