"""What campaign admins do with editions: copy, open, close, archive, change their dates. Their pages are in English,
as all of /admin/ is."""

from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.actions import record
from accounts.models import User
from events.actions import Refused
from events.models import Campaign, CampaignCountry, CampaignText, Event, Revision, SiteStamp


@transaction.atomic
def copy_campaign(source: Campaign, slug: str, starts_on: date, *, by: User | None = None) -> Campaign:
    """A new edition as a draft: the dates move along with *starts_on*; countries and texts are copied."""
    shift = starts_on - source.starts_on
    campaign = Campaign(
        slug=slug,
        starts_on=starts_on,
        ends_on=source.ends_on + shift,
        actions_from=source.actions_from + shift,
        actions_to=source.actions_to + shift,
        timezone=source.timezone,
    )
    campaign.full_clean()
    campaign.save()
    CampaignText.objects.bulk_create(
        CampaignText(
            campaign=campaign,
            language=text.language,
            name=text.name,
            slogan=text.slogan,
            call=text.call,
            appeal=text.appeal,
        )
        for text in source.texts.all()
    )
    CampaignCountry.objects.bulk_create(
        CampaignCountry(
            campaign=campaign,
            country=row.country,
            position=row.position,
            timezone=row.timezone,
            least_disclosure=row.least_disclosure,
        )
        for row in source.countries.all()
    )
    record("campaign copied", by=by, on=campaign, source=source.pk)
    return campaign


@transaction.atomic
def move_campaign(campaign: Campaign, to: Campaign.State, *, by: User) -> Campaign:
    """Open, close or archive an edition, if its present state allows it."""
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if to not in Campaign.MOVES[Campaign.State(campaign.state)]:
        raise Refused(f"An edition that is {campaign.state} cannot become {to}.")
    if to == Campaign.State.OPEN:
        _check_ready(campaign)
    campaign.state = to
    campaign.save(update_fields=["state"])
    SiteStamp.objects.bump()
    record(f"campaign {to}", by=by, on=campaign)
    return campaign


def _check_ready(campaign: Campaign) -> None:
    if campaign.today > campaign.actions_to:
        raise Refused("The days of this edition are over.")
    if not campaign.countries.exists():
        raise Refused("Add the countries that take part first.")
    if not campaign.texts.filter(language="en").exists():
        raise Refused("Add the English texts first: other languages fall back on them.")


def protests_outside(campaign: Campaign, first: date, last: date) -> int:
    """How many protests, public or proposed, would lie outside *first* to *last*."""
    outside = Q(day__lt=first) | Q(day__gt=last)
    proposed = Revision.objects.open().filter(outside, event=OuterRef("pk"))
    public = Q(state__in=[Event.State.PUBLISHED, Event.State.CANCELLED, Event.State.HIDDEN])
    return campaign.events.filter((public & outside) | Exists(proposed)).count()


def check_days(campaign: Campaign, first: date, last: date) -> None:
    """Raise Refused if the days of *campaign* cannot be *first* to *last* because protests lie outside."""
    count = protests_outside(campaign, first, last)
    if count:
        raise Refused(f"Protests that would lie outside these days: {count}. Move or reject them first.")


@transaction.atomic
def change_days(campaign: Campaign, first: date, last: date, *, by: User) -> Campaign:
    """Set the span in which protests may lie."""
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    check_days(campaign, first, last)
    campaign.actions_from, campaign.actions_to = first, last
    campaign.full_clean()
    campaign.save(update_fields=["actions_from", "actions_to"])
    SiteStamp.objects.bump()
    record("campaign days changed", by=by, on=campaign)
    return campaign
