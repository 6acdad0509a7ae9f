"""Changing and calling off a protest."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.forms import ProtestForm
from events.forms.fields import LineField
from events.forms.schedule import NAMES, ScheduleQuestions, schedule_initial
from events.models import Event, EventDetails


class EditForm(ProtestForm):
    """A change to a protest; the author's address was proven when it was registered. Once it is approved, the moment
    from which it is public is chosen apart (ScheduleForm): no moderator has to look at that."""

    def __init__(self, *args: Any, event: Event, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.event = event
        if event.state != Event.State.SUBMITTED:
            for name in NAMES:
                del self.fields[name]


class ScheduleForm(ScheduleQuestions):
    """From when a protest that never was public is."""

    def __init__(self, data: Any, *, details: EventDetails) -> None:
        super().__init__(data, initial=schedule_initial(details))
        self.details = details

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.clean_schedule(self.details.zone, start=self.details.local_start, unmoved=None)
        return self.cleaned_data


class CancelForm(forms.Form):
    cancel_reason = LineField(
        label=_("Why is it cancelled?"),
        max_length=300,
        help_text=_("Public: it stands on the page and in the mail to everybody who follows the protest."),
        error_messages={"required": _("Say in one sentence why. People need to know it is not a mistake.")},
    )
