"""Letters to followers, visitors, helpers and whoever logs in."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

from accounts.models import AuditEntry, MailedCode, User
from accounts.news import News
from events.models import Event, EventChange, Message, SignOn, Thread
from events.rewriting import when_and_where
from moderation.examples.drafts import Draft
from moderation.examples.world import COUNTRY, WORDS, World
from organising.models import Announcement, Shift, ShiftSignUp
from organising.shift_letters import CONFIRM, NEWS, NOTICE, REMINDER, What
from reminders.notices import release_of

Kind = EventChange.Kind
_STATES = {Kind.CANCELLED: Event.State.CANCELLED, Kind.HIDDEN: Event.State.HIDDEN, Kind.MERGED: Event.State.HIDDEN}


def _codes(world: World) -> Iterator[Draft]:
    for purpose in MailedCode.Purpose:
        code = MailedCode.objects.create(
            purpose=purpose,
            recipient=world.follower,
            code="123456",
            language=world.language,
            created_at=world.now,
            expires_at=world.now + timedelta(minutes=15),
        )
        yield Draft("code", world.follower, {"code": code.pk}, purpose)
    for number, news in enumerate(News):
        user = world.organiser.user
        entry = AuditEntry.objects.create(at=world.now, verb=news, object_type="accounts.user", object_id=user.pk)
        yield Draft("second_factor", user.recipient, {"entry": entry.pk}, str(number))
    user = world.organiser.user
    User.objects.filter(pk=user.pk).update(asked_to_stay_at=world.now, said_stay_at=None)
    yield Draft("stay", user.recipient, {"user": user.pk})


def _reminders(world: World) -> Iterator[Draft]:
    event, language = world.event, {"language": world.language}
    new, known = world.recipient("new"), world.recipient("known")
    world.follow(new, "event", event=event, confirmed_at=None)
    world.follow(new, "city", city=event.city, confirmed_at=None)
    world.follow(known, "event", event=event)
    yield Draft("confirm", new, language, "new")
    yield Draft("confirm", known, language, "known")
    starts_at = int(event.starts_at.timestamp()) if event.starts_at else None
    ids = {"event": event.pk, "day": event.day.isoformat(), "starts_at": starts_at}
    for moment in ("week", "day", "hours"):
        yield Draft("reminder", world.follower, {**ids, "moment": moment}, moment)
    wide = world.recipient("wide")
    world.follow(wide, "campaign")
    world.follow(wide, "event", event=event)
    ids = {"campaign": world.campaign.pk, "day": event.day.isoformat(), "moment": "day"}
    yield Draft("digest", wide, ids)


def _change(world: World, kind: Kind, event: Event, *, ago: timedelta = timedelta(days=2)) -> EventChange:
    before = {**when_and_where(event, world.now), "start_time": "12:30", "venue": "Old station", "address": ""}
    return EventChange.objects.create(
        event=event, kind=kind, at=world.now - ago, noticed_at=world.now - ago, before=before, other=world.other
    )


def _put(event: Event, kind: Kind, other: Event) -> None:
    """Into the state that a change of this kind leaves behind."""
    state = _STATES.get(kind, Event.State.PUBLISHED)
    heir = other if kind == Kind.MERGED else None
    reason = WORDS if kind == Kind.CANCELLED else ""
    Event.objects.filter(pk=event.pk).update(state=state, merged_into=heir, cancel_reason=reason)


def _notices(world: World) -> Iterator[Draft]:
    """In the end everything is as before."""
    city = world.recipient("city")
    world.follow(city, "city", city=world.event.city)
    world.follow(world.follower, "event", event=world.other)
    for kind in Kind:
        _put(world.event, kind, world.other)
        change = _change(world, kind, world.event)
        reader = city if kind == Kind.PUBLISHED else world.follower
        ids = {"change": change.pk, "is_elsewhere": kind == Kind.MOVED}
        yield Draft("notice", reader, ids, kind)
        yield from _helpers_notice(world, change)
    _put(world.event, Kind.RESTORED, world.other)
    far = world.recipient("far")
    world.follow(far, "country", country=COUNTRY)
    now = timedelta(0)
    moved = _change(world, Kind.MOVED, world.event, ago=now)
    _change(world, Kind.PLACE_CHANGED, world.other, ago=now)
    release = int(release_of(moved, world.now).timestamp())
    yield Draft("changes", far, {"campaign": world.campaign.pk, "release": release})


def _sign_up(world: World) -> ShiftSignUp:
    """The one helper, with a place in the one shift."""
    shift, _is_new = Shift.objects.get_or_create(
        event=world.event,
        job=Shift.Job.STEWARD,
        defaults={
            "starts_after": timedelta(0),
            "ends_after": timedelta(hours=2),
            "needed": 2,
            "note": "Bring a whistle & water.",
            "created_at": world.now,
            "time_set_at": world.now,
        },
    )
    values = {"language": world.language, "key": uuid4(), "created_at": world.now, "confirmed_at": world.now}
    return ShiftSignUp.objects.get_or_create(
        shift=shift,
        recipient=world.recipient("helper"),
        defaults={**values, "state": ShiftSignUp.State.IN, "line": 1, "in_since": world.now},
    )[0]


def _helpers_notice(world: World, change: EventChange) -> Iterator[Draft]:
    if change.kind != Kind.PUBLISHED:
        helper = _sign_up(world)
        ids = {"change": change.pk, "is_elsewhere": change.kind == Kind.MOVED}
        yield Draft(NOTICE, helper.recipient, ids, change.kind)


def _shifts(world: World) -> Iterator[Draft]:
    helper = _sign_up(world)
    offering = world.recipient("offering")
    ShiftSignUp.objects.create(
        shift=helper.shift, recipient=offering, language=world.language, key=uuid4(), created_at=world.now
    )
    yield Draft(CONFIRM, offering, {"language": world.language}, "new")
    yield Draft(CONFIRM, helper.recipient, {"language": world.language}, "known")
    yield Draft(REMINDER, helper.recipient, {"sign_up": helper.pk})
    mine = ShiftSignUp.objects.filter(pk=helper.pk)
    shift = Shift.objects.filter(pk=helper.shift_id)
    for what in What:
        is_removed, is_down = what == What.REMOVED, what == What.DOWN
        state = "removed" if is_removed else "waiting" if is_down else "in"
        mine.update(state=state, line=None if is_removed else 1)
        shift.update(removed_at=world.now if what == What.SHIFT_REMOVED else None)
        yield Draft(NEWS, helper.recipient, {"what": what, "event": world.event.pk, "sign_ups": [helper.pk]}, what)
    mine.update(state="in", line=1)
    shift.update(removed_at=None)


def _letters(world: World) -> Iterator[Draft]:
    values = {"campaign": world.campaign, "language": world.language, "created_at": world.now, "last_at": world.now}
    for case, event in (("campaign", None), ("protest", world.event)):
        thread = Thread.objects.create(event=event, recipient=world.recipient("visitor"), **values)
        message = Message.objects.create(thread=thread, at=world.now, text=WORDS, actor_id=uuid4())
        yield Draft("letter_answer", thread.recipient, {"message": message.pk}, case)
    signer = world.recipient("signer")
    names = {"name": "Open Borders Group", "name_key": "example", "name_look": "example", "city": "Warszawa"}
    signature = SignOn.objects.create(
        campaign=world.campaign, recipient=signer, country=COUNTRY, created_at=world.now, reason=WORDS, **names
    )
    yield Draft("sign_on", signer, {"language": world.language})
    for letter, state in (("sign_on_publish", "published"), ("sign_on_refuse", "refused")):
        SignOn.objects.filter(pk=signature.pk).update(state=state, confirmed_at=world.now, decided_at=world.now)
        yield Draft(letter, signer, {"sign_on": signature.pk})


def _announcements(world: World) -> Iterator[Draft]:
    values = {"event": world.event, "actor_id": world.organiser.user.actor_id, "language": "en", "reason": WORDS}
    texts = {"subject": "Bring water", "text": "It will be **hot**. Bring water & a hat."}
    for letter, state in (
        ("announcement", "released"),
        ("announcement_test", "draft"),
        ("announcement_refused", "refused"),
    ):
        announcement = Announcement.objects.create(
            state=state,
            created_at=world.now,
            sent_at=None if state == "draft" else world.now,
            released_at=world.now if state == "released" else None,
            **values,
            **texts,
        )
        reader = world.follower if state == "released" else world.organiser.user.recipient
        yield Draft(letter, reader, {"announcement": announcement.pk, "event": world.event.pk})


MAKERS = (_codes, _reminders, _notices, _shifts, _letters, _announcements)
