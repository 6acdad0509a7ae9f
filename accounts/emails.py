"""The one letter of this room: six digits for somebody who is waiting for them."""

from django.utils import timezone

from accounts.models import MailedCode
from outbox.letters import Letter, register
from outbox.models import Delivery
from outbox.rendering import render_letter


def _codes(deliveries: list[Delivery]) -> dict[int, MailedCode]:
    """The code that each delivery carries, by the delivery's id; those used or over are missing."""
    ids = {delivery.pk: delivery.ids["code"] for delivery in deliveries}
    living = MailedCode.objects.living(timezone.now()).in_bulk(set(ids.values()))
    return {pk: living[code] for pk, code in ids.items() if code in living}


def _unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    codes = _codes(deliveries)
    return {delivery.pk: "code over" for delivery in deliveries if delivery.pk not in codes}


def _render(deliveries: list[Delivery]) -> dict[int, Letter]:
    return {pk: _letter(mailed) for pk, mailed in _codes(deliveries).items()}


def _letter(mailed: MailedCode) -> Letter:
    context = {"code": mailed.code, "is_for_registration": mailed.purpose == MailedCode.Purpose.REGISTER}
    return render_letter("code", context, mailed.language)


def register_letters() -> None:
    register("code", unwanted=_unwanted, render=_render, is_asked_for=True)
