"""The letters between a protest and the collectives that host or support it."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from events.models import Collective, Event, EventSupport
from organising.groups import chiefs_of
from outbox.actions import post_many
from outbox.letters import Letter, register
from outbox.models import Delivery, Priority, Recipient
from outbox.rendering import render_letter

LETTER = "support"
HOSTED = "hosted"
State = EventSupport.State


def post_hosted(event: Event, collective: Collective, *, by: User) -> None:
    """Tell the collective's admins that somebody has let it host a protest."""
    admins = chiefs_of(collective).exclude(user=by).select_related("user__recipient")
    _post(event, collective, HOSTED, [admin.user.recipient for admin in admins])


def post_support(support: EventSupport, *, was: str = "") -> None:
    """Tell the side that has to answer; once it has, the side that asked. Of one pair each is told once, however often
    they ask again."""
    is_for_collective = support.state == State.ASKED or was == State.OFFERED
    event, collective = support.event, support.collective
    organisers = event.organisers.running().filter(user__is_active=True)
    people = chiefs_of(collective) if is_for_collective else organisers
    _post(event, collective, support.state, [one.user.recipient for one in people.select_related("user__recipient")])


def _post(event: Event, collective: Collective, step: str, recipients: list[Recipient]) -> None:
    ids = {"event": event.pk, "collective": collective.pk, "step": step}
    mails = [(to, f"support:{event.pk}:{collective.pk}:{step}:{to.pk}", ids) for to in recipients]
    post_many(LETTER, mails, priority=Priority.NOTICE)


def _stand(deliveries: list[Delivery]) -> dict[int, tuple[Event, Collective]]:
    """What each delivery tells of, if it is still so."""
    events = Event.objects.in_bulk({d.ids["event"] for d in deliveries})
    collectives = Collective.objects.in_bulk({d.ids["collective"] for d in deliveries})
    known = EventSupport.objects.filter(event__in=events).values_list("event", "collective", "state")
    steps = {(event, collective, str(state)) for event, collective, state in known}
    steps |= {(event.pk, event.host_id, HOSTED) for event in events.values() if event.host_id}
    return {
        d.pk: (events[d.ids["event"]], collectives[d.ids["collective"]])
        for d in deliveries
        if (d.ids["event"], d.ids["collective"], d.ids["step"]) in steps and d.ids["collective"] in collectives
    }


def _unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    stand = _stand(deliveries)
    return {delivery.pk: "not so any more" for delivery in deliveries if delivery.pk not in stand}


def _render(deliveries: list[Delivery]) -> dict[int, Letter]:
    stand = _stand(deliveries)
    return {d.pk: _letter(d, *stand[d.pk]) for d in deliveries if d.pk in stand}


def _letter(delivery: Delivery, event: Event, collective: Collective) -> Letter:
    language, step = delivery.recipient.language, delivery.ids["step"]
    with translation.override(language):
        title = event.display_title
    context = {
        "title": title,
        "name": collective.name,
        "step": step,
        "protest_url": settings.SITE_URL + reverse("organising:support", args=[event.public_id]),
        "collective_url": settings.SITE_URL + reverse("organising:collective", args=[collective.public_id]),
    }
    return render_letter(LETTER, context, language)


def register_letters() -> None:
    register(LETTER, unwanted=_unwanted, render=_render)
