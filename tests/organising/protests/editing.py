"""The organiser's rooms: what is shown, what can be done from which state, and to whom it does not exist."""

from typing import Any

from django.core import serializers
from django.utils import timezone

from accounts.models import AuditEntry, User
from events.forms import ProtestForm, initial_from
from events.models import Event, EventChange, Organiser, Revision
from tests.factories import CampaignFactory, EventFactory, OrganiserFactory, RevisionFactory

State = Revision.State


def in_state(event_state: str, revision_state: str, owner: User) -> Event:
    """A protest with one version, both in these states."""
    event = EventFactory(state=event_state)
    OrganiserFactory(event=event, user=owner)
    decided = None if revision_state == State.PENDING else timezone.now()
    RevisionFactory(event=event, author=owner, state=revision_state, decided_at=decided)
    return event


def filled(event: Event | Revision, /, **changes: Any) -> dict[str, Any]:
    """The form of this protest as a browser would send it back."""
    form = ProtestForm(campaign=CampaignFactory(), current=event, initial=initial_from(event))
    shown = {name: form[name].value() for name in form.fields}
    return {**{name: value for name, value in shown.items() if value is not None}, **changes}


def everything() -> str:
    models = (Event, Revision, EventChange, Organiser, AuditEntry)
    return "".join(serializers.serialize("json", model.objects.order_by("pk")) for model in models)
