"""The letter to somebody who was made a moderator."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from events.models import Campaign, Coordinator
from events.names import country_name
from outbox.actions import post
from outbox.letters import Letter, register
from outbox.models import Delivery, Priority
from outbox.rendering import render_letter

LETTER = "appointed"


def post_appointed(campaign: Campaign, user: User, *, key: int) -> None:
    post(
        LETTER,
        user.recipient,
        key=f"appointed:{key}",
        ids={"user": user.pk, "campaign": campaign.pk},
        priority=Priority.NOTICE,
    )


def _rows(delivery: Delivery) -> list[Coordinator]:
    theirs = Coordinator.objects.filter(user=delivery.ids["user"], campaign=delivery.ids["campaign"])
    return list(theirs.select_related("campaign").order_by("country"))


def _unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    return {delivery.pk: "not a moderator any more" for delivery in deliveries if not _rows(delivery)}


def _render(deliveries: list[Delivery]) -> dict[int, Letter]:
    return {delivery.pk: _letter(delivery, _rows(delivery)) for delivery in deliveries}


def _letter(delivery: Delivery, rows: list[Coordinator]) -> Letter:
    language = delivery.recipient.language
    with translation.override(language):
        countries = [country_name(row.country) for row in rows if row.country]
    context = {
        "edition": rows[0].campaign.slug,
        "is_admin": rows[0].role == Coordinator.Role.ADMIN,
        "countries": countries,
        "room_url": settings.SITE_URL + reverse("moderation:queue"),
        "me_url": settings.SITE_URL + reverse("moderation:me"),
    }
    return render_letter(LETTER, context, language)


def register_letters() -> None:
    register(LETTER, unwanted=_unwanted, render=_render)
