"""What this room forgets by itself, some days after an edition."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from events.models import Campaign, Organiser
from organising.models import Announcement, Draft, Import, ImportedRow, Invitation
from outbox import purges
from outbox.models import Purge

What = Purge.What

# So long an invitation that is over stays, so that whoever opens it late reads that it is.
OVER_STAYS = timedelta(days=2)
NO_TEXTS = dict.fromkeys(["subject", "text", "other_texts", "reason"], "")


@transaction.atomic
def forget(now: datetime) -> None:
    """What organisers wrote to followers goes; that they wrote, and how many mails arrived, stays as numbers.
    So do drafts and what came from files; what a file held goes within an hour. So do names that owners gave people;
    invitations, and the addresses behind them, go two days after they are over."""
    Import.objects.filter(expires_at__lte=now).delete()
    Invitation.objects.over_since(now - OVER_STAYS).delete()
    forget_editions(Campaign.objects.to_forget(now))


def forget_editions(over: "QuerySet[Campaign]") -> None:
    written = Announcement.objects.filter(event__campaign__in=over)
    purges.delete(What.WORDS, written.filter(released_at=None))
    purges.note(What.WORDS, written.exclude(subject="").update(**NO_TEXTS))
    purges.delete(What.DRAFTS, Draft.objects.filter(campaign__in=over))
    for model in (Import, ImportedRow):
        model._default_manager.filter(campaign__in=over).delete()
    Organiser.objects.filter(event__campaign__in=over).exclude(label="").update(label="")
    Invitation.objects.filter(event__campaign__in=over).delete()
