"""A protest's life in any order of events: at every moment exactly those mails leave that the rules say
(tests/reminders/rules.py)."""

import re
from collections import Counter
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, time, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from pytest_django import Settings

from events.actions import SECOND_THOUGHTS, change_state
from events.clock import disclose_places
from events.models import Event, EventChange
from outbox import backends, sender
from outbox.models import Delivery
from reminders.models import Subscription
from reminders.notices import notice_changes
from reminders.planning import plan
from tests.factories import (
    CampaignCountryFactory,
    CampaignFactory,
    CityFactory,
    EventFactory,
    RecipientFactory,
    SubscriptionFactory,
)
from tests.reminders.changing import LONG_BEFORE, edit, local
from tests.reminders.conftest import Mail as Arrived
from tests.reminders.rules import AHEAD, WARSAW, Life, Mail, Reader, after_night

Kind = EventChange.Kind
FIRST, LAST = local("2027-10-02T12:00"), local("2027-10-12T12:00")
MOMENTS = ("week", "day", "hours")
FIELDS = {"week": "week_before", "day": "day_before", "hours": "on_the_day"}
VENUES = ("Plac Zamkowy", "Rynek")
STARTS = [time(1), time(8), time(10), time(14), time(20)]


def mailed(mail: Arrived, delivery: Delivery) -> Mail:
    """What the rules speak of, read from the mail as it arrived."""
    text, what = mail.text, delivery.ids.get("moment", "")
    if delivery.letter in {"notice", "changes"}:
        what = (mail.subject if delivery.letter == "notice" else text).partition(":")[0]
    start = re.search(r"^Monday 11 October, (\d\d:\d\d), local time|^(\d\d:\d\d)  ", text, re.MULTILINE)
    was = re.search(r"The time has changed\.\nWas: Monday 11 October, (\d\d:\d\d)\n", text)
    named = re.sub(r"^Was: .*$", "", text, flags=re.MULTILINE)
    return Mail(
        delivery.recipient_id,
        delivery.letter,
        what,
        start.group(1) or start.group(2) if start else "",
        was.group(1) if was else "",
        "".join(venue for venue in VENUES if venue in named),
        "The place has changed." in text,
    )


class Protest(RuleBasedStateMachine):
    """One protest, and people who follow it in different ways."""

    @initialize(
        start=st.sampled_from(STARTS),
        chosen=st.sets(st.sampled_from(MOMENTS)),
        disclosure=st.sampled_from(["public", "timed", "followers"]),
        disclose_at=st.sampled_from([local("2027-10-05T12:00"), local("2027-10-09T23:00")]),
        is_public=st.booleans(),
    )
    def begin(self, start: time, chosen: set[str], disclosure: str, disclose_at: datetime, is_public: bool) -> None:
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.clock = time_machine.travel(FIRST, tick=False)
        self.now, self.seen = FIRST, set(backends.local_mailbox().iterkeys())
        self.time = self.clock.start()
        state = Event.State.PUBLISHED if is_public else Event.State.SUBMITTED
        campaign = CampaignFactory(timezone="Europe/Kyiv")
        CampaignCountryFactory()
        place = {"venue": VENUES[0], "address": "", "disclosure": disclosure}
        place["disclose_at"] = None if disclosure == "public" else disclose_at
        self.event = EventFactory(
            campaign=campaign, created_at=LONG_BEFORE, state=state, start_time=start, end_time=None, **place
        )
        self.life = Life(start, VENUES[0], disclosure, disclose_at, state, LONG_BEFORE)
        self.chosen = chosen
        self.somebody_comes(["city"], MOMENTS, LONG_BEFORE)
        self.somebody_comes(["country"], MOMENTS, LONG_BEFORE)
        self.somebody_comes(["campaign"], MOMENTS, LONG_BEFORE)
        if is_public:
            self.some = self.followers_come(LONG_BEFORE)
        self.work()

    def followers_come(self, since: datetime) -> Reader:
        self.somebody_comes(["event"], MOMENTS, since)
        self.somebody_comes(["event", "country"], MOMENTS, since)
        return self.somebody_comes(["event"], self.chosen, since)

    def somebody_comes(self, scopes: Iterable[str], moments: Iterable[str], since: datetime) -> Reader:
        recipient = RecipientFactory()
        choices = {FIELDS[moment]: moment in moments for moment in MOMENTS}
        what = {"event": {"event": self.event}, "city": {"city": CityFactory()}, "country": {"country": "PL"}}
        for scope in scopes:
            fields = {"event": None, **what.get(scope, {}), **choices}
            SubscriptionFactory(
                recipient=recipient, campaign=self.event.campaign, scope=scope, confirmed_at=since, **fields
            )
        reader = Reader(recipient.pk, set(scopes), set(moments), since)
        self.life.readers.append(reader)
        return reader

    # ---- What may happen ----

    @rule(hours=st.sampled_from([1, 4, 13, 24, 50]))
    def time_passes(self, hours: int) -> None:
        goal = min(self.now + timedelta(hours=hours), LAST)
        while self.now < goal:
            dues = self.life.dues()
            steps = {goal, *dues, *(due - AHEAD / 2 for due in dues), self.life.disclose_at, after_night(self.now)}
            steps |= {change.leaves for reader in self.life.readers for change in reader.changes}
            self.go_to(min(step for step in steps if step > self.now))

    @precondition(lambda self: self.life.state == "submitted" and self.now < self.life.starts_at)
    @rule()
    def published(self) -> None:
        was, self.life.state, self.life.set_at = self.before(), "published", self.now
        edit(self.event, self.now + SECOND_THOUGHTS)
        self.happened("published", was)
        self.some = self.followers_come(self.now)
        self.work()

    @precondition(lambda self: self.life.state == "published" and self.now < self.life.starts_at)
    @rule(start=st.sampled_from(STARTS), venue=st.sampled_from(VENUES))
    def edited(self, start: time, venue: str) -> None:
        """In time, in place, or in both, by one edit."""
        was = self.before()
        is_moved, is_elsewhere = start != was.start, venue != was.place
        self.life.start, self.life.place = start, venue
        if is_moved or is_elsewhere:
            self.life.set_at = self.now if is_moved else was.set_at
            edit(self.event, self.now + SECOND_THOUGHTS, start_time=start, venue=venue)
            self.happened("moved" if is_moved else "place_changed", was, is_elsewhere=is_elsewhere)
            self.work()

    @precondition(lambda self: self.life.state == "published" and self.now < self.life.starts_at)
    @rule()
    def cancelled(self) -> None:
        self.becomes("cancelled", Kind.CANCELLED, cancel_reason="Flooded.")

    @precondition(lambda self: self.life.state in {"published", "cancelled"} and self.now < self.life.starts_at)
    @rule()
    def hidden(self) -> None:
        self.becomes("hidden", Kind.HIDDEN)

    @precondition(lambda self: self.life.state in {"cancelled", "hidden"} and self.now < self.life.starts_at)
    @rule()
    def restored(self) -> None:
        self.becomes("published", Kind.RESTORED)

    @precondition(lambda self: self.life.state == "published" and len(self.life.readers) < 8)
    @rule()
    def somebody_confirms_late(self) -> None:
        self.somebody_comes(["event"], MOMENTS, self.now)
        self.work()

    @precondition(lambda self: getattr(self, "some", None) in self.life.readers)
    @rule()
    def somebody_leaves(self) -> None:
        Subscription.objects.filter(recipient=self.some.recipient).delete()
        self.life.readers.remove(self.some)

    # ---- What the site does, and what must be true of it ----

    def before(self) -> Life:
        return replace(self.life, readers=[])

    def becomes(self, state: str, kind: Kind, **fields: str) -> None:
        was, self.life.state = self.before(), state
        change_state(self.event, Event.State(state), kind, at=self.now, **fields)
        self.happened(kind.value, was)
        self.work()

    def happened(self, kind: str, was: Life, *, is_elsewhere: bool = False) -> None:
        """What may be taken back is known to the post office after a minute."""
        at = self.now
        if kind not in {"hidden", "cancelled"}:
            self.now += SECOND_THOUGHTS
            self.time.move_to(self.now)
        if self.now < self.life.over_at:
            self.life.change(kind, at, self.now, was, is_elsewhere=is_elsewhere)

    def go_to(self, moment: datetime) -> None:
        self.now = moment
        self.time.move_to(moment)
        self.work()

    def work(self) -> None:
        """A tick of beat; what has left is compared with what should have."""
        self.event.refresh_from_db()
        before = deepcopy(self.life)
        if disclose_places(self.now):
            self.work_once(before)
            self.happened("place_disclosed", self.before())
            before = deepcopy(self.life)
        self.work_once(before)

    def work_once(self, before: Life) -> None:
        notice_changes(self.now)
        plan(self.now)
        sender.send_due()
        deliveries = {d.message_id: d for d in Delivery.objects.filter(state="sent")}
        folder = backends.local_mailbox()
        new = sorted(set(folder.iterkeys()) - self.seen)
        self.seen.update(new)
        arrived = [BytesParser(EmailMessage, policy=policy.default).parsebytes(folder.get_bytes(key)) for key in new]
        sent = Counter(mailed(Arrived(mail), deliveries[str(mail["Message-ID"])]) for mail in arrived)
        due = self.life.mails(self.now)
        assert sent == due, (f"{self.now.astimezone(WARSAW):%d %H:%M}", sent - due, due - sent, before)

    def teardown(self) -> None:
        if hasattr(self, "transaction"):
            self.clock.stop()
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)


@pytest.mark.django_db
def test_whatever_happens_to_a_protest_the_right_people_hear_of_it(
    settings: Settings, tmp_path: Path, is_long: bool
) -> None:
    settings.EMAIL_BACKEND = "outbox.backends.MaildirBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    run_state_machine_as_test(Protest, settings=of_hypothesis(300 if is_long else 6))


def of_hypothesis(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=12,
        suppress_health_check=list(HealthCheck),
    )
