"""States and verbs of the moderation room in the reader's words."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from events.models import Decision, Event, Revision
from events.names import country_name

register = template.Library()
register.filter("country", country_name)

_VERBS: dict[str, str | Promise] = {
    Decision.Verb.APPROVE: _("approved"),
    Decision.Verb.REQUEST_CHANGES: _("asked for changes"),
    Decision.Verb.REJECT: _("rejected"),
    Decision.Verb.HIDE: _("hidden"),
    Decision.Verb.RESTORE: _("restored"),
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
    Event.State.PUBLISHED: _("public"),
    Event.State.CANCELLED: _("cancelled"),
    Event.State.HIDDEN: _("hidden"),
    Event.State.WITHDRAWN: _("withdrawn"),
}


@register.filter
def verb(value: str) -> str | Promise:
    return _VERBS[value]


@register.filter
def revision_state(value: str) -> str | Promise:
    return _REVISION_STATES[value]


@register.filter
def event_state(value: str) -> str | Promise:
    return _EVENT_STATES[value]
