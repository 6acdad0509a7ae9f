"""What moderators do with submissions and public protests. Each verb leaves a Decision and tells the organisers."""

from moderation.actions.deciding import AlreadyDecided, what_happened
from moderation.actions.protests import hand_over_event, hide_event, merge_event, restore_event
from moderation.actions.submissions import approve_and_trust, approve_revision, reject_revision, request_changes
from moderation.actions.trust import take_trust_back
from moderation.actions.undoing import HeardOf, undo_decision

__all__ = [
    "AlreadyDecided",
    "HeardOf",
    "approve_and_trust",
    "approve_revision",
    "hand_over_event",
    "hide_event",
    "merge_event",
    "reject_revision",
    "request_changes",
    "restore_event",
    "take_trust_back",
    "undo_decision",
    "what_happened",
]
