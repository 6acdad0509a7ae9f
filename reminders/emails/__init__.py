"""The letters of this room. Each says what is true when it leaves, in its reader's language, place and time first."""

from outbox.letters import register
from reminders.emails import changes, confirm, digest, reminder
from reminders.emails.words import (
    Protest,
    Shared,
    kind_in_words,
    paused_among,
    protest_in_words,
    share,
    subscriptions_to,
)

__all__ = [
    "Protest",
    "Shared",
    "kind_in_words",
    "paused_among",
    "protest_in_words",
    "register_letters",
    "share",
    "subscriptions_to",
]


def register_letters() -> None:
    register("confirm", unwanted=confirm.unwanted, render=confirm.render)
    register("reminder", unwanted=reminder.unwanted, render=reminder.render)
    register("digest", unwanted=digest.unwanted, render=digest.render)
    register("notice", unwanted=changes.notice_unwanted, render=changes.render_notice)
    register("changes", unwanted=changes.changes_unwanted, render=changes.render_changes)
