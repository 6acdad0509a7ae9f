"""States and verbs of the moderation room in the reader's words."""

from django import template
from django.contrib.messages.storage.base import Message
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from events import when
from events.models import Decision, Event, Revision
from events.names import country_name, language_name

register = template.Library()
register.filter("country", country_name)
register.filter("language", language_name)

_VERBS: dict[str, str | Promise] = {
    Decision.Verb.APPROVE: _("approved"),
    Decision.Verb.APPROVE_AND_TRUST: _("approved, the organiser trusted"),
    Decision.Verb.REQUEST_CHANGES: _("asked for changes"),
    Decision.Verb.REJECT: _("rejected"),
    Decision.Verb.HIDE: _("hidden"),
    Decision.Verb.RESTORE: _("restored"),
    Decision.Verb.MERGE: _("merged into another"),
    Decision.Verb.HAND_OVER: _("handed over"),
    Decision.Verb.UNDO: _("undone"),
}
# As the buttons say it for which ready-made words are offered.
_BUTTONS: dict[str, str | Promise] = {
    Decision.Verb.APPROVE: _("Approve"),
    Decision.Verb.APPROVE_AND_TRUST: _("Approve and trust"),
    Decision.Verb.REQUEST_CHANGES: _("Ask for changes"),
    Decision.Verb.REJECT: _("Reject"),
    Decision.Verb.HIDE: _("Hide from the public"),
    Decision.Verb.RESTORE: _("Show to the public again"),
}
_REVISION_STATES: dict[str, str | Promise] = {
    Revision.State.PENDING: _("waiting"),
    Revision.State.CHANGES_REQUESTED: _("changes asked for"),
    Revision.State.APPROVED: _("approved"),
    Revision.State.REJECTED: _("rejected"),
    Revision.State.WITHDRAWN: _("withdrawn"),
    Revision.State.SUPERSEDED: _("replaced by a newer version"),
}
_EVENT_STATES: dict[str, str | Promise] = {
    Event.State.SUBMITTED: _("not public yet"),
    Event.State.SCHEDULED: _("approved, not public yet"),
    Event.State.PUBLISHED: _("public"),
    Event.State.CANCELLED: _("cancelled"),
    Event.State.HIDDEN: _("hidden"),
    Event.State.WITHDRAWN: _("withdrawn"),
}


_QUARANTINES: dict[str, str | Promise] = {
    Revision.Quarantine.MAIL_DOMAIN: _("blocked mail domain"),
    Revision.Quarantine.LINK: _("blocked link"),
    Revision.Quarantine.WORD: _("blocked word"),
    Revision.Quarantine.FLOOD: _("too many at once"),
}


@register.filter
def public_from(event: Event) -> str:
    """From when a protest that is not public yet is so by itself; "" if nobody has asked for that."""
    if event.publish_at is None or event.state not in {Event.State.SUBMITTED, Event.State.SCHEDULED}:
        return ""
    return when.moment_text(event.publish_at, event.zone)


@register.filter
def quarantine(value: str) -> str | Promise:
    """Why a submission waits apart."""
    return _QUARANTINES[value]


@register.filter
def verb(value: str) -> str | Promise:
    return _VERBS[value]


@register.filter
def button(value: str) -> str | Promise:
    return _BUTTONS[value]


@register.filter
def revision_state(value: str) -> str | Promise:
    return _REVISION_STATES[value]


@register.filter
def event_state(value: str) -> str | Promise:
    return _EVENT_STATES[value]


@register.filter
def to_undo(message: Message) -> str:
    """The number of the decision that a message says was made (views/deciding.py); "" for other messages."""
    kind, _blank, pk = (message.extra_tags or "").partition(" ")
    return pk if kind in {"undo", "undo-told"} else ""


@register.filter
def is_told_at_once(message: Message) -> bool:
    """Whether the mails of the decision that a message says was made do not wait."""
    return (message.extra_tags or "").startswith("undo-told")
