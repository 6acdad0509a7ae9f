"""The day on which somebody compared what they write with its source."""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.forms.fields import DayField
from events.models.rights_card import FRESH_FOR

# Somewhere on earth the next day has begun.
_FIRST_ZONE = timedelta(hours=14)


class CheckDayField(DayField):
    """Neither a day to come nor one after which it has to be checked again."""

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day and day > (timezone.now() + _FIRST_ZONE).date():
            raise ValidationError(_("This day has not come yet."))
        if day and day < timezone.now().date() - FRESH_FOR:
            raise ValidationError(_("This was more than a year ago: check it again."))
        return day
