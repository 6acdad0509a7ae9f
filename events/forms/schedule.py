"""From when a protest may be public: where the duty to notify counts from the invitation, that is chosen with care."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.forms.fields import ClockField, DayField, exists_on_the_clock
from events.models import Event, EventDetails, Revision

NAMES = ("publish_day", "publish_time")


class ScheduleQuestions(forms.Form):
    publish_day = DayField(
        label=_("Public from: day"),
        required=False,
        help_text=_(
            "Leave both empty: it goes public as soon as moderators approve it. Otherwise nobody sees it before. "
            "Useful where you have to notify the authorities some time before you invite in public."
        ),
    )
    publish_time = ClockField(label=_("Public from: time"), required=False, help_text=_("Local time, like 14:30."))

    @property
    def is_scheduled(self) -> bool:
        """Whether these fields are to be shown open."""
        return any(self[name].value() or self[name].errors for name in NAMES if name in self.fields)

    @property
    def publish_at(self) -> dt.datetime | None:
        """The instant that was chosen, on a valid form."""
        chosen: dt.datetime | None = self.cleaned_data.get("publish_at")
        return chosen

    def clean_schedule(self, zone: ZoneInfo, start: dt.datetime | None, unmoved: dt.datetime | None) -> None:
        """Settle `publish_at`. *unmoved* is what was chosen before: it may have come while nobody had decided."""
        self.cleaned_data["publish_at"] = moment = self._moment(zone)
        if moment is None or moment == unmoved:
            return
        if moment <= timezone.now():
            self.add_error("publish_day", _("This moment is past. Choose a later one, or leave both empty."))
        elif start and moment >= start.astimezone(dt.UTC):
            self.add_error("publish_day", _("Let it go public before it starts."))

    def _moment(self, zone: ZoneInfo) -> dt.datetime | None:
        day, time = (self.cleaned_data.get(name) for name in NAMES)
        if (day is None and time is None) or set(NAMES) & set(self.errors):
            return None
        if day is None or time is None:
            self.add_error("publish_day" if day is None else "publish_time", _("Say from which day and time."))
            return None
        if not exists_on_the_clock(day, time, zone):
            self.add_error("publish_time", _("On this day the clocks go forward there: this hour does not exist."))
            return None
        return dt.datetime.combine(day, time, zone).astimezone(dt.UTC)


def event_of(details: EventDetails) -> Event | None:
    """The protest that *details* are of."""
    if isinstance(details, Revision):
        return details.event
    return details if isinstance(details, Event) else None


def schedule_initial(details: EventDetails) -> dict[str, Any]:
    """What the form shows of the hour that was chosen before."""
    event = event_of(details)
    local = event.publish_at.astimezone(details.zone) if event and event.publish_at else None
    return {"publish_day": local.date() if local else None, "publish_time": local.time() if local else None}
