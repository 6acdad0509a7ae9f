"""Erasing a whole edition at once: what time would forget, and the accounts of people who have nothing else here."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.actions import record
from accounts.erasing import erase
from accounts.models import User
from events import forgetting as events
from events.models import Campaign, Coordinator, Event, EventChange, Organiser, SiteStamp
from moderation.models import Claim
from organising import day_sheet, legal
from organising import forgetting as organising
from organising.actions import shifts
from organising.models import Announcement, Invitation
from outbox import purges
from outbox.actions import erase_those_without_ties
from outbox.models import Purge, Recipient
from outbox.tallies import forget_mails_about
from reminders import actions as reminders


@dataclass(frozen=True)
class Gone:
    """What an erased edition took along."""

    accounts: int
    addresses: int


@transaction.atomic
def erase_campaign(campaign: Campaign, *, by: User | None) -> Gone:
    """Nothing of the people of this edition remains: no follower, helper, organiser or moderator who has no other
    edition, no contact, no private word. What was public of protests stays. It is closed for good."""
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    campaign.state = Campaign.State.ARCHIVED
    campaign.save(update_fields=["state"])
    only = Campaign.objects.filter(pk=campaign.pk)
    people, recipients = _accounts_of(campaign), _recipients_of(campaign)
    purges.note(Purge.What.MAILS, forget_mails_about(_ids_of(campaign)))
    Claim.objects.filter(event__campaign=campaign).delete()
    for forget in (
        organising.forget_editions,
        day_sheet.forget_editions,
        legal.forget_editions,
        shifts.forget_editions,
        reminders.forget_editions,
        events.forget_editions,
    ):
        forget(only)
    Organiser.objects.filter(event__campaign=campaign).delete()
    Coordinator.objects.filter(campaign=campaign).delete()
    accounts = [user for user in people if user.pk != (by.pk if by else None) and _has_nothing_else(user)]
    for user in accounts:
        erase(user.recipient)
    alone = erase_those_without_ties(recipients)
    record("campaign erased", by=by, on=campaign)
    SiteStamp.objects.bump()
    return Gone(len(accounts), len(accounts) + alone)


def _accounts_of(campaign: Campaign) -> list[User]:
    own = (
        Q(organiser_of__event__campaign=campaign) | Q(coordinator_of__campaign=campaign) | Q(drafts__campaign=campaign)
    )
    return list(User.objects.filter(own).distinct().select_related("recipient").order_by("pk"))


def _has_nothing_else(user: User) -> bool:
    has_rights = user.is_staff or user.is_superuser or not user.is_active
    return not (has_rights or user.organiser_of.exists() or user.coordinator_of.exists())


def _recipients_of(campaign: Campaign) -> list[int]:
    """Who follows, helps, signed, wrote or registered in this edition, and who was invited to its protests."""
    own = (
        Q(subscriptions__campaign=campaign)
        | Q(shift_sign_ups__shift__event__campaign=campaign)
        | Q(sign_ons__campaign=campaign)
        | Q(threads__campaign=campaign)
        | Q(registration__campaign=campaign)
        | Q(pk__in=Invitation.objects.filter(event__campaign=campaign).values("recipient"))
    )
    return list(Recipient.objects.filter(own).distinct().values_list("pk", flat=True))


def _ids_of(campaign: Campaign) -> dict[str, list[int]]:
    """How mails name this edition and what belongs to it."""

    def keys(rows: "QuerySet[Event] | QuerySet[EventChange] | QuerySet[Announcement]") -> list[int]:
        return list(rows.values_list("pk", flat=True))

    return {
        "campaign": [campaign.pk],
        "event": keys(Event.objects.filter(campaign=campaign)),
        "change": keys(EventChange.objects.filter(event__campaign=campaign)),
        "announcement": keys(Announcement.objects.filter(event__campaign=campaign)),
    }
