"""What is known of the account that sent a submission, as far as the one who decides may know it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from accounts.models import User
from events.models import Event, Revision
from events.models.report import Report
from moderation.permissions import events_of, revisions_of, trust_of

MOST_PROTESTS = 5


@dataclass(frozen=True)
class Sender:
    """Its submissions by state, where its edits go public at once, its latest protests, and reports on them."""

    actor_id: UUID
    since: datetime
    submissions: dict[str, int]
    trusted_in: list[str]
    protests: list[Event]
    reports: int
    open_reports: int


def sender_of(revision: Revision, user: User) -> Sender | None:
    """None if the account is gone. *user* is told of the protests that are theirs to decide on."""
    author = revision.author
    if author is None:
        return None
    sent = revisions_of(user).filter(author=author).order_by("state")
    states = sent.values_list("state").annotate(Count("pk"))
    trust = trust_of(user).filter(user=author, campaign=revision.event.campaign_id)
    protests = events_of(user).organised_by(author).exclude(pk=revision.event_id).select_related("city", "campaign")
    reports = Report.objects.filter(event__in=events_of(user).organised_by(author))
    counted = reports.aggregate(all=Count("pk"), open=Count("pk", filter=Q(closed_at=None)))
    return Sender(
        actor_id=author.actor_id,
        since=author.date_joined,
        submissions=dict(states),
        trusted_in=list(trust.order_by("country").values_list("country", flat=True)),
        protests=list(protests.order_by("-created_at", "-pk")[:MOST_PROTESTS]),
        reports=counted["all"],
        open_reports=counted["open"],
    )
