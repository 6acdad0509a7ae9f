"""Letters to those who run protests and collectives."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

from events.models import AfterReport, EventMessage, EventSupport
from moderation.examples.drafts import Draft
from moderation.examples.world import WORDS, World
from organising import after_report, legal, still_on
from organising.emails import people, support
from organising.letters import LETTER as LETTERS_WAIT
from organising.models import Invitation


def _protest(world: World) -> Iterator[Draft]:
    reader = world.organiser.user.recipient
    ids = {"event": world.event.pk, "organiser": world.organiser.pk}
    yield Draft(legal.LETTER, reader, {**ids, "at": 0})
    for step in (72, 24):
        yield Draft(still_on.LETTER, reader, {**ids, "step": step, "starts": 0}, str(step))
    yield Draft(LETTERS_WAIT, reader, ids)
    for step in (after_report.FIRST, after_report.AGAIN):
        yield Draft(after_report.LETTER, reader, {**ids, "step": step}, str(step))
    message = EventMessage.objects.create(
        event=world.event,
        key=uuid4(),
        at=world.now,
        actor_id=world.moderator.actor_id,
        is_from_moderators=True,
        text=WORDS,
    )
    yield Draft("moderators_write", reader, {"message": message.pk})
    report = AfterReport.objects.create(
        event=world.event, language="en", saved_at=world.now, submitted_at=world.now, number=1, reason=WORDS
    )
    for state in ("published", "changes_requested", "refused", "taken_down"):
        AfterReport.objects.filter(pk=report.pk).update(state=state, decided_at=world.now)
        told = {"report": report.pk, "number": 1, "state": state, "organiser": world.organiser.pk}
        yield Draft("after_report_decided", reader, told, state)


def _collectives(world: World) -> Iterator[Draft]:
    reader = world.organiser.user.recipient
    ids = {"event": world.event.pk, "collective": world.collective.pk}
    yield Draft(support.LETTER, reader, {**ids, "step": support.HOSTED}, support.HOSTED)
    row = EventSupport.objects.create(
        event=world.event, collective=world.collective, state="asked", created_at=world.now
    )
    for state in EventSupport.State.values:
        EventSupport.objects.filter(pk=row.pk).update(state=state)
        yield Draft(support.LETTER, reader, {**ids, "step": state}, state)
    for verb in ("approved", "refused", "hidden", "shown"):
        type(world.collective).objects.filter(pk=world.collective.pk).update(
            state="hidden" if verb == "hidden" else "public"
        )
        yield Draft("collective_decided", reader, {"collective": world.collective.pk, "verb": verb}, verb)


def _people(world: World) -> Iterator[Draft]:
    invited, organiser = world.recipient("invited"), world.organiser.user
    dates = {"created_at": world.now, "expires_at": world.now + timedelta(days=7), "created_by": organiser}
    Invitation.objects.create(event=world.event, role="co_organiser", recipient=invited, **dates)
    Invitation.objects.create(collective=world.collective, role="member", recipient=invited, **dates)
    yield Draft(people.INVITATION, invited)
    groups = {"protest": {"event": world.event.pk}, "collective": {"collective": world.collective.pk}}
    for case, ids in groups.items():
        for letter in (people.ROLE, people.REMOVED, people.JOINED):
            yield Draft(letter, organiser.recipient, {**ids, "user": organiser.pk}, case)


MAKERS = (_protest, _collectives, _people)
