"""Letters to moderators, and those in which they decide."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

from events.models import Decision, Event, EventMessage, Report, Thread
from moderation import alarms, digests, late_changes, people_emails, unconfirmed
from moderation.emails import HANDED_AWAY, letter_name
from moderation.examples.drafts import Draft
from moderation.examples.world import WORDS, World

Verb = Decision.Verb


def _decisions(world: World) -> Iterator[Draft]:
    reader = world.organiser.user.recipient
    approved = None
    for verb in Verb:
        on_version = {"revision": world.revision} if verb in Decision.ON_VERSION else {}
        other = {"other": world.other} if verb == Verb.MERGE else {}
        undoes = {"undoes": approved} if verb == Verb.UNDO else {}
        decision = world.decide(verb, **on_version, **other, **undoes)
        approved = approved or decision
        yield Draft(letter_name(verb), reader, {"decision": decision.pk})
        if verb == Verb.HAND_OVER:
            yield Draft(HANDED_AWAY, reader, {"decision": decision.pk})


def _room(world: World) -> Iterator[Draft]:
    reader = world.moderator.recipient
    Thread.objects.create(
        campaign=world.campaign,
        recipient=world.recipient("visitor"),
        language=world.language,
        created_at=world.now,
        last_at=world.now,
        waiting_since=world.now,
    )
    for reason in (Report.Reason.WRONG, Report.Reason.DANGER):
        Report.objects.create(
            key=uuid4(), event=world.event, at=world.now, reason=reason, text=WORDS, language=world.language
        )
    EventMessage.objects.create(
        event=world.event,
        key=uuid4(),
        at=world.now + timedelta(seconds=1),
        actor_id=world.organiser.user.actor_id,
        is_from_moderators=False,
        text=WORDS,
    )
    for letter in (digests.DIGEST, digests.LATE, digests.REPORTS, digests.DANGER):
        yield Draft(letter, reader)
    yield Draft("letters_waiting", reader)
    ids = {"revision": world.revision.pk, "event": world.event.pk}
    yield Draft(late_changes.LETTER, reader, ids)
    Event.objects.filter(pk=world.event.pk).update(unconfirmed_at=world.now)
    yield Draft(unconfirmed.LETTER, reader)
    Event.objects.filter(pk=world.event.pk).update(unconfirmed_at=None)
    for kind in alarms.Alarm:
        noticed = {"kind": kind.value, "number": 12, "at": int(world.now.timestamp())}
        yield Draft(alarms.LETTER, reader, noticed, kind.value)
    appointed = {"user": world.moderator.pk, "campaign": world.campaign.pk}
    yield Draft(people_emails.LETTER, reader, appointed)


MAKERS = (_decisions, _room)
