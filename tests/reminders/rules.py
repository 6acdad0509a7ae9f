"""The rules of DESIGN section 4 for the life of one protest, in plain Python: which mails leave at this very moment, to
whom, and what they say. Nothing here asks the database or the code that is tested."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.reminders.wall import QUIET_FROM, QUIET_UNTIL, is_quiet, on_the_spot

DAY = date(2027, 10, 11)
WARSAW, KYIV = ZoneInfo("Europe/Warsaw"), ZoneInfo("Europe/Kyiv")
# In whose clock the digests of a scope are told.
ZONES = {"city": WARSAW, "country": WARSAW, "campaign": KYIV}
AHEAD, HOUR, LASTS = timedelta(minutes=15), timedelta(hours=1), timedelta(hours=3)
SOON = timedelta(hours=48)
# From when to when a digest is of use: days before, and the hour.
DAYS = {
    "week": ((7, time(9)), (1, time(11))),
    "day": ((1, time(11)), (0, time(8))),
    "hours": ((0, time(8)), (0, time(18))),
}
# While the protest is in this state a change is still true; all others while it is published.
TRUE_WHILE = {"cancelled": "cancelled", "hidden": "hidden"}
LABELS = {
    "published": "New protest",
    "moved": "New time",
    "place_changed": "New place",
    "place_disclosed": "The place is known",
    "hidden": "No longer listed",
    "cancelled": "Cancelled",
    "restored": "Takes place after all",
}


class Mail(NamedTuple):
    """What of a mail is compared: `was` is the time that is called the old one, `place` the venue it names."""

    reader: int
    letter: str
    what: str
    start: str = ""
    was: str = ""
    place: str = ""
    is_elsewhere: bool = False


@dataclass
class Change:
    kind: str
    at: datetime
    leaves: datetime
    was: time
    was_at: str
    is_elsewhere: bool = False
    is_finished: bool = False
    is_sent: bool = False


@dataclass
class Reader:
    recipient: int
    scopes: set[str]
    moments: set[str]
    since: datetime
    changes: list[Change] = field(default_factory=list)
    told: set[tuple[str, str]] = field(default_factory=set)

    @property
    def is_direct(self) -> bool:
        return bool(self.scopes & {"event", "city"})

    @property
    def wide(self) -> set[str]:
        return self.scopes - {"event"}


def after_night(moment: datetime, zone: ZoneInfo = WARSAW) -> datetime:
    local = moment.astimezone(zone)
    if not is_quiet(moment, zone):
        return moment
    return on_the_spot(local.date() + timedelta(days=local.time() >= QUIET_FROM), QUIET_UNTIL, zone)


@dataclass
class Life:
    """The protest as it is, and its readers."""

    start: time
    place: str
    disclosure: str
    disclose_at: datetime
    state: str
    set_at: datetime
    readers: list[Reader] = field(default_factory=list)

    @property
    def starts_at(self) -> datetime:
        return on_the_spot(DAY, self.start, WARSAW)

    @property
    def over_at(self) -> datetime:
        return self.starts_at + LASTS

    # ---- What happens ----

    def change(self, kind: str, at: datetime, now: datetime, was: "Life", *, is_elsewhere: bool = False) -> None:
        """It happened at *at*, and is known to the post office from *now* on."""
        starts = {self.starts_at} | ({was.starts_at} if kind == "moved" else set())
        is_urgent = kind == "cancelled" or (kind != "published" and any(abs(s - at) <= SOON for s in starts))
        hour = (now + timedelta(minutes=2)).replace(minute=0, second=0, microsecond=0) + HOUR
        for reader in self.readers:
            if reader.since > at or not self.concerns(reader, kind, at):
                continue
            leaves = now if reader.is_direct else hour
            leaves = leaves if is_urgent else after_night(leaves)
            known = was.place_for(reader, at)
            is_new_place = is_elsewhere and known != self.place_for(reader, at)
            reader.changes.append(Change(kind, at, leaves, was.start, known, is_new_place))

    def concerns(self, reader: Reader, kind: str, at: datetime) -> bool:
        if kind in {"place_disclosed", "place_changed"} and self.disclosure == "followers":
            return "event" in reader.scopes
        return kind != "place_disclosed" or reader.is_direct

    def knows(self, reader: Reader, now: datetime) -> bool:
        if self.disclosure == "public":
            return True
        return now >= self.disclose_at and (self.disclosure == "timed" or "event" in reader.scopes)

    def place_for(self, reader: Reader, now: datetime) -> str:
        return self.place if self.knows(reader, now) else ""

    # ---- Which mails leave now ----

    def mails(self, now: datetime) -> Counter[Mail]:
        found: Counter[Mail] = Counter()
        for reader in self.readers:
            found.update(self.notices(reader, now) if reader.is_direct else self.gathered(reader, now))
            found.update(self.reminders(reader, now))
        return found

    def is_true(self, change: Change) -> bool:
        return TRUE_WHILE.get(change.kind, "published") == self.state

    def notices(self, reader: Reader, now: datetime) -> Iterator[Mail]:
        """Of the changes that are due and still true the latest tells of all, unless a later one has left already."""
        due = [change for change in reader.changes if not change.is_finished and change.leaves <= now]
        for change in due:
            change.is_finished = True
        latest = next((change for change in reversed(due) if self.is_true(change)), None)
        if latest is None:
            return
        later = reader.changes[reader.changes.index(latest) + 1 :]
        if any(change.is_sent and self.is_true(change) for change in later):
            return
        untold = self.untold(reader, latest)
        mail = self.told_of(reader, latest.kind, untold, now)
        is_only_moves = {change.kind for change in untold} <= {"moved", "place_changed"}
        if is_only_moves and not mail.was and not mail.is_elsewhere:
            return
        latest.is_sent = True
        yield mail

    def untold(self, reader: Reader, latest: Change) -> list[Change]:
        found: list[Change] = []
        for change in reversed(reader.changes[: reader.changes.index(latest) + 1]):
            if change.is_sent and change.kind not in TRUE_WHILE:
                break
            found.insert(0, change)
        return found

    def told_of(self, reader: Reader, kind: str, untold: list[Change], now: datetime) -> Mail:
        if kind == "hidden":
            return Mail(reader.recipient, "notice", LABELS[kind])
        if kind == "cancelled":
            return Mail(reader.recipient, "notice", LABELS[kind], f"{self.start:%H:%M}")
        place = self.place_for(reader, now)
        moves = [change for change in untold if change.kind == "moved"]
        was = moves[0].was if moves and moves[0].was != self.start else None
        elsewhere = [change for change in untold if change.is_elsewhere]
        is_elsewhere = bool(elsewhere) and elsewhere[0].was_at != place
        shown = kind
        if kind in {"moved", "place_changed"} and (was or is_elsewhere):
            shown = "moved" if was else "place_changed"
        return Mail(
            reader.recipient,
            "notice",
            LABELS[shown],
            f"{self.start:%H:%M}",
            f"{was:%H:%M}" if was else "",
            place,
            is_elsewhere,
        )

    def gathered(self, reader: Reader, now: datetime) -> Iterator[Mail]:
        """All changes of an hour in one mail, and of one protest in one entry."""
        due = [change for change in reader.changes if not change.is_finished and change.leaves <= now]
        for change in due:
            change.is_finished = True
        true = [change for change in due if self.is_true(change)]
        if not true:
            return
        is_new = any(change.kind == "published" for change in true)
        kind = "published" if is_new else true[-1].kind
        mail = self.told_of(reader, kind, [] if is_new else true, now)
        is_only_moves = {change.kind for change in true} <= {"moved", "place_changed"}
        if is_only_moves and not mail.was and not mail.is_elsewhere:
            return
        if kind == "cancelled":
            mail = mail._replace(place=self.place_for(reader, now))
        yield mail._replace(letter="changes")

    # ---- Reminders and digests ----

    def reminders(self, reader: Reader, now: datetime) -> Iterator[Mail]:
        if self.state != "published":
            return
        for moment in ("week", "day", "hours"):
            if moment not in reader.moments:
                continue
            if reader.wide and self.is_digested(reader, moment, now):
                continue
            if "event" in reader.scopes and self.is_reminded(reader, moment, now):
                start, place = f"{self.start:%H:%M}", self.place_for(reader, now)
                yield Mail(reader.recipient, "reminder", moment, start, "", place)
        yield from self.digests(reader, now)

    def dues(self) -> set[datetime]:
        """The moments at which something may have to leave."""
        digests = [self.digest_windows(reader, moment)[0] for reader in self.readers if reader.wide for moment in DAYS]
        return {due for due, _until in self.windows().values()} | set(digests)

    def windows(self) -> dict[str, tuple[datetime, datetime]]:
        start = datetime.combine(DAY, self.start)
        hours = max(datetime.combine(DAY, QUIET_UNTIL), start - timedelta(hours=3))
        hours = min(hours, start - HOUR)
        if not QUIET_UNTIL <= hours.time() < QUIET_FROM:
            hours = datetime.combine(DAY - timedelta(days=1), time(20))
        on_the_day = hours.replace(tzinfo=WARSAW).astimezone(UTC)
        day_before = on_the_spot(DAY - timedelta(days=1), time(11), WARSAW)
        return {
            "week": (on_the_spot(DAY - timedelta(days=7), time(9), WARSAW), day_before),
            "day": (day_before, on_the_day),
            "hours": (on_the_day, self.starts_at),
        }

    def is_reminded(self, reader: Reader, moment: str, now: datetime) -> bool:
        key = (moment, self.starts_at.isoformat())
        due, until = self.windows()[moment]
        if key in reader.told or not self.leaves(reader, moment, due, until, now, WARSAW):
            return False
        reader.told.add(key)
        return True

    def leaves(
        self, reader: Reader, moment: str, due: datetime, until: datetime, now: datetime, zone: ZoneInfo
    ) -> bool:
        """At its time, or later while it is of use: not at night, unless its reader came only now, or it is the last
        chance. What was over when the time was set has been told by a notice."""
        if not due <= now < until or (due < self.set_at and reader.since <= self.set_at):
            return False
        if now == due:
            return True
        if moment != "hours" and until <= now + AHEAD:
            return False
        return not is_quiet(now, zone) or reader.since > due or after_night(now, zone) + HOUR >= until

    def digest_windows(self, reader: Reader, moment: str) -> tuple[datetime, datetime, ZoneInfo]:
        """At the earliest of the clocks of what is followed."""

        def on_clock(days: int, clock: time) -> tuple[datetime, ZoneInfo]:
            return min(
                (on_the_spot(DAY - timedelta(days=days), clock, ZONES[scope]), ZONES[scope]) for scope in reader.wide
            )

        due, until = DAYS[moment]
        first, zone = on_clock(*due)
        return first, on_clock(*until)[0], zone

    def is_digested(self, reader: Reader, moment: str, now: datetime) -> bool:
        """Whether the digest tells of the protest at this moment, or has: on the day it leaves out what is followed
        itself."""
        if moment == "hours":
            return False
        _due, until, _zone = self.digest_windows(reader, moment)
        return ("digest", moment) in reader.told or now < until

    def digests(self, reader: Reader, now: datetime) -> Iterator[Mail]:
        if not reader.wide or now >= self.over_at:
            return
        for moment in sorted(reader.moments):
            due, until, zone = self.digest_windows(reader, moment)
            is_own = "event" in reader.scopes
            if ("digest", moment) in reader.told or (is_own and moment == "hours"):
                continue
            if self.leaves(reader, moment, due, until, now, zone):
                reader.told.add(("digest", moment))
                place = self.place_for(reader, now)
                yield Mail(reader.recipient, "digest", moment, f"{self.start:%H:%M}", "", place)
