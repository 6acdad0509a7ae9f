"""What organisers need helpers for, and what helpers offer."""

import datetime as dt
import unicodedata
from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms import AddressField
from events import when
from events.blocklist import listed_in
from events.forms import named_in
from events.forms.fields import ClockField, LineField, exists_on_the_clock
from events.forms.guarded import GuardedForm
from events.models import Audience, Event
from organising.actions.shifts import Need
from organising.budgets import first_link
from organising.models import Shift
from organising.models.shifts import DAYS_AROUND, MOST_NEEDED, distance_from
from organising.shifts import Open, kept_back

LONGEST_NOTE = 300
_NO_SUCH_HOUR = _("On this day the clocks go forward there: this hour does not exist.")


class ShiftForm(forms.Form):
    job = forms.ChoiceField(
        label=_("What is to be done?"),
        choices=[("", _("Choose …")), *Shift.Job.choices],
        error_messages={"required": _("Choose a job."), "invalid_choice": _("Choose a job from the list.")},
    )
    label = LineField(
        label=_("What is it, if it is not in the list?"),
        max_length=60,
        required=False,
        help_text=_("In a few words, like: drive the loudspeaker van."),
    )
    day = forms.ChoiceField(
        label=_("Day"), error_messages={"required": _("Choose the day."), "invalid_choice": _("Choose the day.")}
    )
    starts = ClockField(
        label=_("From"),
        help_text=_("Local time, like 14:30."),
        error_messages={"required": _("Say when it starts.")},
    )
    ends = ClockField(
        label=_("Until"),
        help_text=_("Earlier than the start means the next day."),
        error_messages={"required": _("Say when it ends.")},
    )
    needed = forms.IntegerField(
        label=_("How many people?"),
        min_value=1,
        max_value=MOST_NEEDED,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "min": "1", "max": str(MOST_NEEDED)}),
        error_messages={
            "required": _("Say how many people are needed."),
            "invalid": _("Enter a number."),
            "min_value": _("At least one. If nobody is needed, remove the shift."),
            "max_value": _("At most %(limit_value)s. For more, make another shift."),
        },
    )
    note = LineField(
        label=_("What should they know?"),
        max_length=LONGEST_NOTE,
        required=False,
        help_text=_(
            "What to bring, what it is like. Public: everybody reads it. Do not name a place that is not public yet, "
            "and no people."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, event: Event, shift: Shift | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = _as_typed(shift) if shift else {"day": event.day.isoformat()}
        super().__init__(*args, **kwargs)
        self.event, self.shift = event, shift
        days = [event.day + dt.timedelta(days=n) for n in range(-DAYS_AROUND, DAYS_AROUND + 1)]
        cast(forms.ChoiceField, self.fields["day"]).choices = [
            (day.isoformat(), when.day_text_with_year(day)) for day in days
        ]

    def clean_label(self) -> str:
        return self._public_text("label")

    def clean_note(self) -> str:
        return self._public_text("note")

    def _public_text(self, name: str) -> str:
        """No moderator looks at these texts before they are public: they must lead nowhere."""
        text = str(self.cleaned_data[name])
        if "@" in unicodedata.normalize("NFKC", text) or first_link([text]):
            raise forms.ValidationError(_("No web or mail addresses here, please."))
        if text and listed_in({"description": text}, ""):
            raise forms.ValidationError(_("The moderators do not allow a word in this text."))
        versions = [self.event, *self.event.revisions.open()]
        place = named_in([text], kept_back(versions, Audience.PUBLIC, timezone.now()))
        if place:
            message = _("This text names “%(place)s”, which is not public yet. Helpers learn it by mail.")
            raise forms.ValidationError(message, params={"place": place})
        return text

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("job") == Shift.Job.OTHER and not data.get("label") and not self.has_error("label"):
            self.add_error("label", _("Say in a few words what it is."))
        if all(data.get(name) is not None for name in ("day", "starts", "ends")):
            self._clean_times(dt.date.fromisoformat(data["day"]))
        return data

    def _clean_times(self, day: dt.date) -> None:
        data, zone = self.cleaned_data, self.event.zone
        start = dt.datetime.combine(day, data["starts"])
        end = dt.datetime.combine(day, data["ends"])
        if start == end:
            self.add_error("ends", _("It ends when it starts."))
            return
        end += dt.timedelta(days=1 if end < start else 0)
        for name, local in (("starts", start), ("ends", end)):
            if not exists_on_the_clock(local.date(), local.time(), zone):
                self.add_error(name, _NO_SUCH_HOUR)
        if end.replace(tzinfo=zone) <= timezone.now():
            self.add_error("day", _("This is already over."))
        data["starts_after"], data["ends_after"] = (distance_from(self.event, local) for local in (start, end))

    def need(self) -> Need:
        """Call it on a valid form."""
        data = self.cleaned_data
        label = data["label"] if data["job"] == Shift.Job.OTHER else ""
        return Need(data["job"], label, data["starts_after"], data["ends_after"], data["needed"], data["note"])


def _as_typed(shift: Shift) -> dict[str, Any]:
    start, end = shift.starts_at, shift.ends_at
    values = {name: getattr(shift, name) for name in ("job", "label", "note")}
    return {
        **values,
        "needed": shift.needed or 1,
        "day": start.date().isoformat(),
        "starts": start.time(),
        "ends": end.time(),
    }


class HelpForm(GuardedForm):
    shifts = forms.MultipleChoiceField(
        label=_("What would you do?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Tick at least one."),
            "invalid_choice": _("One of them is not offered any more. Look at the list again."),
            "invalid_list": _("Tick at least one."),
        },
    )
    email = AddressField(
        help_text=_("Only for these mails. It is stored sealed, nobody sees it, and it is deleted after the protests.")
    )
    name = LineField(
        label=_("Your name"),
        max_length=60,
        required=False,
        help_text=_("Any name will do. Only those who run the protest and their helpers see it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    field_order = ("shifts", "email", "name")

    def __init__(self, *args: Any, offered: Iterable[Open], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = list(offered)
        choices = [(str(row.shift.pk), row.shift.name) for row in self.offered]
        cast(forms.MultipleChoiceField, self.fields["shifts"]).choices = choices

    @property
    def ticked(self) -> set[str]:
        """What stays ticked when the form is shown again."""
        value = self["shifts"].value()
        return set(map(str, value)) if value else set()

    def chosen(self) -> list[Shift]:
        """Call it on a valid form."""
        return [row.shift for row in self.offered if str(row.shift.pk) in self.cleaned_data["shifts"]]
