"""The queue: what waits for whom, narrowed by filters, and how much of it there is."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from events.folding import in_text, romanise
from events.listing.moments import place_in
from events.models import Decision, EventMessage, Revision, Trust
from events.models.event import RevisionQuerySet
from moderation import claims
from moderation.models import MailChoice
from moderation.permissions import decisions_of, events_of, revisions_of

PAGE = 50


class Tab(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    ASKED = "asked", _("Changes asked for")
    QUARANTINED = "quarantined", _("In quarantine")
    DECIDED = "decided", _("Decided lately")


@dataclass(frozen=True)
class Filters:
    """What a moderator wants to see of a tab."""

    country: str = ""
    language: str = ""
    kind: str = ""
    q: str = ""
    free: str = ""

    @classmethod
    def asked_for(cls, typed: Any) -> "Filters":
        """Those in the address; what makes no sense is left out."""
        country = typed.get("country", "").upper()
        return cls(
            country=country if len(country) == 2 and country.isalpha() else "",
            language=typed.get("language", "") if typed.get("language") in dict(settings.LANGUAGES) else "",
            kind=typed.get("kind", "") if typed.get("kind") in {"new", "edit"} else "",
            q=typed.get("q", "").replace("\0", "").strip()[:100],
            free="1" if typed.get("free") else "",
        )

    @property
    def chosen(self) -> dict[str, str]:
        return {name: value for name, value in vars(self).items() if value}

    @property
    def query(self) -> str:
        return urlencode(self.chosen)

    def narrow(self, revisions: RevisionQuerySet, user: User, now: datetime) -> RevisionQuerySet:
        if self.country:
            revisions = revisions.filter(country=self.country)
        if self.language:
            revisions = revisions.filter(language=self.language)
        if self.kind:
            revisions = revisions.filter(event__published_at__isnull=self.kind == "new")
        if self.free:
            revisions = claims.free_for(revisions, user, now)
        return revisions.filter(pk__in=_matching(revisions, self.q)) if self.q else revisions


def _matching(revisions: RevisionQuerySet, text: str) -> list[int]:
    """The ids of those whose title, organiser or city holds every word of *text*, folded as in the public search, or
    whose protest has this number. What waits is some thousands at most, and not for long: no index is kept for it."""
    words = [in_text(word) for word in romanise(text).split()[:8]]
    number = text.lower()
    rows = revisions.values_list(
        "pk", "event__public_id", "title", "organiser_name", "city__name", "city__display_names"
    )
    return [
        pk
        for pk, public_id, title, organiser, city, names in rows
        if public_id == number or (words and _holds(words, [title, organiser, city or "", *(names or {}).values()]))
    ]


def _holds(words: list[str], texts: list[str]) -> bool:
    text = " " + romanise(" ".join(texts))
    return all(word in text for word in words)


def in_tab(user: User, tab: Tab) -> RevisionQuerySet:
    """The submissions of a tab that *user* decides on."""
    mine = revisions_of(user)
    if tab == Tab.ASKED:
        return mine.filter(state=Revision.State.CHANGES_REQUESTED)
    return mine.pending().exclude(quarantine="") if tab == Tab.QUARANTINED else mine.in_queue()


@dataclass(frozen=True)
class Page:
    """Some rows of a longer list; `after` opens the next ones, "" if there are none. `urgent` ones stand above the
    first page: rows keep the order in which they came, so that none is passed over when others go."""

    rows: list[Any]
    after: str
    urgent: list[Revision] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.rows or self.urgent)


def page_of(user: User, tab: Tab, filters: Filters, *, after: str, now: datetime) -> Page:
    """A page of submissions, the oldest first, behind the row named in *after*."""
    narrowed = filters.narrow(in_tab(user, tab), user, now)
    urgent, others = _urgent_first(narrowed, tab)
    place = place_in(after)
    if place:
        at, pk = place
        others = others.filter(Q(submitted_at__gt=at) | Q(submitted_at=at, pk__gt=pk))
    rows = list(_with_facts(others).oldest_first()[: PAGE + 1])
    above = [] if place or urgent is None else list(_with_facts(urgent).oldest_first()[:PAGE])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return Page(rows[:PAGE], f"{last.submitted_at.isoformat()}_{last.pk}" if last else "", above)


def _urgent_first(revisions: RevisionQuerySet, tab: Tab) -> tuple[RevisionQuerySet | None, RevisionQuerySet]:
    """What belongs on top of a tab, and the rest of it: sensitive changes, and those whose organisers have answered."""
    if tab == Tab.WAITING:
        return revisions.filter(is_sensitive=True), revisions.filter(is_sensitive=False)
    if tab == Tab.ASKED:
        last = EventMessage.objects.filter(event=OuterRef("event")).order_by("-at", "-pk")
        heard = revisions.annotate(is_ours=Subquery(last.values("is_from_moderators")[:1]))
        return heard.filter(is_ours=False), heard.filter(Q(is_ours=None) | Q(is_ours=True))
    return None, revisions


def _with_facts(revisions: RevisionQuerySet) -> RevisionQuerySet:
    """With what a row says of the protest, its author and who is at work on it."""
    approved = Revision.objects.filter(author=OuterRef("author"), state=Revision.State.APPROVED)
    trust = Trust.objects.filter(
        user=OuterRef("author"), campaign=OuterRef("event__campaign"), country=OuterRef("country")
    )
    return revisions.select_related("event__claim", "city").annotate(
        is_by_known=Exists(approved), is_by_trusted=Exists(trust)
    )


def decided_page(user: User, *, after: str) -> Page:
    """The latest decisions on what *user* decides on, by anybody. `is_last` ones can be taken back."""
    later = Decision.objects.filter(event=OuterRef("event"), pk__gt=OuterRef("pk"), undone_by=None)
    later = later.exclude(verb=Decision.Verb.UNDO)
    decided: QuerySet[Decision] = decisions_of(user).select_related("event", "reason").annotate(is_last=~Exists(later))
    place = place_in(after)
    if place:
        at, pk = place
        decided = decided.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))
    rows = list(decided.order_by("-at", "-pk")[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return Page(rows[:PAGE], f"{last.at.isoformat()}_{last.pk}" if last else "")


def claim_next(user: User, filters: Filters, *, now: datetime, after: str = "") -> Revision | None:
    """Keep the next free submission for *user*: sensitive changes first, then the oldest. *after* names the one that
    they leave undecided: then the one behind it, and from the end of the list on from its beginning."""
    waiting = filters.narrow(in_tab(user, Tab.WAITING), user, now).oldest_first()
    found = (claims.claim_next(part, by=user, now=now) for part in _in_turn(waiting, place_in(after)))
    return next(filter(None, found), None)


def _in_turn(waiting: RevisionQuerySet, place: tuple[datetime, int] | None) -> list[RevisionQuerySet]:
    """Where to look for the next one, part by part."""
    urgent, others = waiting.filter(is_sensitive=True), waiting.filter(is_sensitive=False)
    if place is None:
        return [urgent, others]
    at, pk = place
    urgent, others = urgent.exclude(pk=pk), others.exclude(pk=pk)
    behind = Q(submitted_at__gt=at) | Q(submitted_at=at, pk__gt=pk)
    if Revision.objects.filter(pk=pk, is_sensitive=True).exists():
        return [urgent.filter(behind), others, urgent]
    return [others.filter(behind), urgent, others]


def kept_by(user: User, filters: Filters, *, now: datetime) -> Revision | None:
    """The submission that *user* is at work on, if the filters show it."""
    return claims.kept_by(filters.narrow(in_tab(user, Tab.WAITING), user, now).oldest_first(), user, now)


@dataclass(frozen=True)
class Counts:
    """How many submissions there are in each tab, in each of its countries, and how many came lately."""

    tabs: dict[str, int]
    countries: dict[str, dict[str, int]]
    new: int


def counts(user: User, *, since: datetime) -> Counts:
    """All numbers of the queue, in one query; `new` counts what came into it after *since*."""
    groups = revisions_of(user).open().values_list("state", "quarantine", "country")
    came = Count("pk", filter=Q(submitted_at__gt=since))
    tabs: Counter[str] = Counter()
    countries: dict[str, Counter[str]] = {}
    new = 0
    counted = groups.annotate(number=Count("pk"), lately=came).order_by("country")
    for state, quarantine, country, number, lately in counted:
        tab = _tab_of(state, quarantine)
        tabs[tab] += number
        countries.setdefault(tab, Counter())[country] += number
        new += lately if tab == Tab.WAITING else 0
    by_number = {
        tab: dict(sorted(found.items(), key=lambda one: (-one[1], one[0]))) for tab, found in countries.items()
    }
    return Counts({tab: tabs[tab] for tab in Tab if tab != Tab.DECIDED}, by_number, new)


def _tab_of(state: str, quarantine: str) -> Tab:
    if state == Revision.State.CHANGES_REQUESTED:
        return Tab.ASKED
    return Tab.QUARANTINED if quarantine else Tab.WAITING


def late_before(user: User, now: datetime) -> datetime | None:
    """What came before this has waited longer than *user* wants anything to wait; None: never mind."""
    choice = MailChoice.objects.filter(user=user).first() or MailChoice()
    return now - timedelta(hours=choice.alert_hours) if choice.alert_hours else None


def reported(user: User) -> int:
    """On how many protests visitors have said that something is wrong."""
    return events_of(user).filter(reports__closed_at=None, reports__isnull=False).distinct().count()


def seen_by(user: User, pks: list[int]) -> list[Revision]:
    """Those of the named submissions that *user* decides on and that are still to be decided."""
    return list(revisions_of(user).pending().filter(pk__in=pks).select_related("event").oldest_first())


def quarantined_like(user: User, filters: Filters, now: datetime) -> RevisionQuerySet:
    """All in quarantine that the filters show."""
    return filters.narrow(in_tab(user, Tab.QUARANTINED), user, now)
