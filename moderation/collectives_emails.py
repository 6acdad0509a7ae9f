"""The letter to the admins of a collective on which moderators have decided."""

from django.conf import settings
from django.urls import reverse

from events.models import Collective, Membership
from outbox.actions import post_many
from outbox.letters import Letter, register
from outbox.models import Delivery, Priority
from outbox.rendering import render_letter

LETTER = "collective_decided"


def post_decided(collective: Collective, verb: str, *, entry: int) -> None:
    admins = Membership.objects.admins().filter(collective=collective, user__is_active=True)
    ids = {"collective": collective.pk, "verb": verb}
    mails = [
        (admin.user.recipient, f"collective:{entry}:{admin.user_id}", ids)
        for admin in admins.select_related("user__recipient")
    ]
    post_many(LETTER, mails, priority=Priority.NOTICE)


def _stand(deliveries: list[Delivery]) -> dict[int, Collective]:
    """The collective of each delivery, if it still stands where the letter says."""
    known = Collective.objects.in_bulk({delivery.ids["collective"] for delivery in deliveries})
    found = {delivery.pk: (known.get(delivery.ids["collective"]), delivery.ids["verb"]) for delivery in deliveries}
    return {pk: one for pk, (one, verb) in found.items() if one and _is_so(one, verb)}


def _is_so(one: Collective, verb: str) -> bool:
    if verb == "refused":
        return bool(one.reason)
    return (one.state == Collective.State.HIDDEN) == (verb == "hidden")


def _unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    stand = _stand(deliveries)
    return {delivery.pk: "decided otherwise" for delivery in deliveries if delivery.pk not in stand}


def _render(deliveries: list[Delivery]) -> dict[int, Letter]:
    stand = _stand(deliveries)
    return {delivery.pk: _letter(delivery, stand[delivery.pk]) for delivery in deliveries if delivery.pk in stand}


def _letter(delivery: Delivery, one: Collective) -> Letter:
    context = {
        "name": one.name,
        "verb": delivery.ids["verb"],
        "reason": one.reason,
        "collective_url": settings.SITE_URL + reverse("organising:collective", args=[one.public_id]),
    }
    return render_letter(LETTER, context, delivery.recipient.language)


def register_letters() -> None:
    register(LETTER, unwanted=_unwanted, render=_render)
