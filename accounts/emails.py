"""The letters of this room: six digits for somebody who is waiting for them, and news of their second factors."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEntry, MailedCode, User
from accounts.news import News
from accounts.tokens import stay_url
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


HAPPENED = {
    News.APP_ADDED: _("An app that shows six digits is now your second step when you log in."),
    News.APP_REMOVED: _("The app that shows six digits is no longer your second step when you log in."),
    News.PASSKEY_ADDED: _("A passkey is now your second step when you log in."),
    News.PASSKEY_REMOVED: _("One of your passkeys no longer logs you in."),
    News.CODES_MADE: _("You have new recovery codes. Earlier ones no longer work."),
    News.CODE_USED: _("One of your recovery codes was used to log in."),
    News.ALL_REMOVED: _("An admin has taken all second steps off your account and logged you out everywhere."),
}


def _people(deliveries: list[Delivery]) -> dict[int, tuple[str, User]]:
    """What happened and to whom, by the delivery's id."""
    entries = AuditEntry.objects.in_bulk({delivery.ids["entry"] for delivery in deliveries})
    people = User.objects.in_bulk({entry.object_id for entry in entries.values()})
    found = {delivery.pk: entries[delivery.ids["entry"]] for delivery in deliveries}
    return {pk: (entry.verb, people[entry.object_id]) for pk, entry in found.items() if entry.object_id in people}


def _unwanted_news(deliveries: list[Delivery]) -> dict[int, str]:
    people = _people(deliveries)
    return {delivery.pk: "account gone" for delivery in deliveries if delivery.pk not in people}


def _render_news(deliveries: list[Delivery]) -> dict[int, Letter]:
    account = settings.SITE_URL + reverse("account_settings")
    return {
        pk: render_letter("second_factor", {"happened": HAPPENED[News(verb)], "account_url": account}, user.language)
        for pk, (verb, user) in _people(deliveries).items()
    }


def _asked(deliveries: list[Delivery]) -> dict[int, User]:
    """Who is asked whether their account stays, and has not said yes, by the delivery's id."""
    people = User.objects.in_bulk({delivery.ids["user"] for delivery in deliveries})
    found = {delivery.pk: people.get(delivery.ids["user"]) for delivery in deliveries}
    return {pk: user for pk, user in found.items() if user and user.is_asked_to_stay}


def _unwanted_question(deliveries: list[Delivery]) -> dict[int, str]:
    asked = _asked(deliveries)
    return {delivery.pk: "answered" for delivery in deliveries if delivery.pk not in asked}


def _render_question(deliveries: list[Delivery]) -> dict[int, Letter]:
    my_data = settings.SITE_URL + reverse("account_my_data")
    return {
        pk: render_letter("stay", {"stay_url": stay_url(user), "my_data_url": my_data}, user.language)
        for pk, user in _asked(deliveries).items()
    }


def register_letters() -> None:
    register("stay", unwanted=_unwanted_question, render=_render_question)
    register("code", unwanted=_unwanted, render=_render, is_asked_for=True)
    register("second_factor", unwanted=_unwanted_news, render=_render_news)
