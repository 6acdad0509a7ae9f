"""Trust: an organiser's changes go public at once in one country of an edition (organising/trust.py)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.actions import record
from accounts.models import User
from events.models import Campaign, Event, Trust


def give_trust(user: User, campaign: Campaign, country: str, *, by: User, at: datetime) -> None:
    """Trust *user*; who is trusted already stays so."""
    _trust, is_new = Trust.objects.get_or_create(
        user=user, campaign=campaign, country=country, defaults={"since": at, "actor_id": by.actor_id}
    )
    if is_new:
        record("trusted", by=by, on=user, campaign=campaign.pk, country=country)


@transaction.atomic
def take_trust_back(trust: Trust, *, by: User) -> None:
    """From now on the changes of this organiser wait for a moderator again. What is public stays."""
    take_back([trust], by=by)


def take_back_on(event: Event, users: Iterable[User], *, by: User) -> None:
    """Trust none of *users* in the country of *event* any more."""
    take_back(Trust.objects.filter(user__in=users, campaign=event.campaign, country=event.country), by=by)


def take_back(found: Iterable[Trust], *, by: User) -> None:
    """Delete what is still there."""
    for trust in found:
        deleted, _by_model = Trust.objects.filter(pk=trust.pk).delete()
        if deleted:
            record("trust taken back", by=by, on=trust.trusted, campaign=trust.campaign_id, country=trust.country)
