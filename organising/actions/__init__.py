from organising.actions.changing import (
    cancel_event,
    check_edit,
    confirm_edit,
    proposal_of,
    publish_now,
    schedule,
    submit_edit,
    withdraw,
)
from organising.actions.messages import write_to_moderators

__all__ = [
    "cancel_event",
    "check_edit",
    "confirm_edit",
    "proposal_of",
    "publish_now",
    "schedule",
    "submit_edit",
    "withdraw",
    "write_to_moderators",
]
