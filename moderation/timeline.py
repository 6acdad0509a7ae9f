"""What happened to a protest so far, as its moderators see it: versions sent, decisions, and what was said."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from accounts.models import User
from events.models import Decision, Event, EventMessage, Revision
from moderation.permissions import revisions_of

Who = Literal["you", "moderator", "organisers"]


@dataclass(frozen=True)
class Entry:
    """One line. A version that was sent, or a decision, or a message: the other two are None. Nobody is named."""

    at: datetime
    who: Who
    revision: Revision | None = None
    decision: Decision | None = None
    message: EventMessage | None = None

    @property
    def text(self) -> str:
        """The words that belong to it."""
        if self.message:
            return str(self.message.text)
        return str(self.decision.reason.text) if self.decision and hasattr(self.decision, "reason") else ""

    @property
    def is_undone(self) -> bool:
        return bool(self.decision and hasattr(self.decision, "undone_by"))


def timeline_of(event: Event, user: User) -> list[Entry]:
    """All that was sent, decided and said, the latest first. Versions that *user* may not see are left out."""
    sent = revisions_of(user).filter(event=event).only("number", "state", "submitted_at", "event")
    decided = event.decisions.select_related("revision", "reason", "undone_by", "other")
    said = event.messages.all()
    entries = [
        *(Entry(revision.submitted_at, "organisers", revision=revision) for revision in sent),
        *(Entry(decision.at, _moderator(decision.actor_id, user), decision=decision) for decision in decided),
        *(Entry(message.at, _speaker(message, user), message=message) for message in said),
    ]
    return sorted(entries, key=lambda entry: (entry.at, entry.decision.pk if entry.decision else 0), reverse=True)


def _moderator(actor_id: UUID, user: User) -> Who:
    return "you" if actor_id == user.actor_id else "moderator"


def _speaker(message: EventMessage, user: User) -> Who:
    return _moderator(message.actor_id, user) if message.is_from_moderators else "organisers"
