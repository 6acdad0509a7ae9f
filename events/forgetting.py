"""What this room forgets by itself: who signed for an organisation, and letters."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from events.models import SignOn, Thread


@transaction.atomic
def forget_sign_ons_and_letters(now: datetime) -> None:
    """Names whose address was not proven in time go; some days after the edition so do letters, names that are not
    public, and whom to write to about those that are."""
    SignOn.objects.never_confirmed(now).delete()
    ended = (now - timedelta(days=settings.FORGET_AFTER_DAYS)).date()
    of_ended = SignOn.objects.filter(campaign__actions_to__lt=ended)
    of_ended.exclude(state=SignOn.State.PUBLISHED).delete()
    of_ended.exclude(recipient=None).update(recipient=None, reason="")
    Thread.objects.over(now).delete()
