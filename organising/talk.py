"""What was said about a protest between its organisers and the moderators, as its organisers see it."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from events.models import DecisionReason, Event


@dataclass(frozen=True)
class Words:
    """One message, or the reason of a decision. Nobody is named."""

    at: datetime
    text: str
    is_from_moderators: bool
    is_mine: bool


def talk_of(event: Event, user: User) -> list[Words]:
    """All of it, the latest first. Of a decision that was taken back nothing is left."""
    reasons = DecisionReason.objects.filter(decision__event=event, decision__undone_by__isnull=True).select_related(
        "decision"
    )
    said = [Words(reason.decision.at, reason.text, is_from_moderators=True, is_mine=False) for reason in reasons]
    for message in event.messages.all():
        is_mine = message.actor_id == user.actor_id
        said.append(Words(message.at, str(message.text), message.is_from_moderators, is_mine=is_mine))
    return sorted(said, key=lambda words: words.at, reverse=True)
