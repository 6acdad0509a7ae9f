"""How a form about one protest tells people from robots."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from events import when
from events.forms.guarded import GuardedForm
from events.models import Event
from events.proof_of_work import ZERO_BITS, challenge_for, is_solved


class DayQuestionForm(GuardedForm):
    """A browser with JavaScript works something out; without, whoever reads the page says on which day it is."""

    day = forms.ChoiceField(
        label=_("On which day is this protest?"),
        required=False,
        help_text=_("It stands above. The question keeps robots away."),
    )
    challenge = forms.CharField(required=False, widget=forms.HiddenInput)
    solution = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)

    def __init__(self, *args: Any, event: Event, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.event = event
        days = [(day.isoformat(), when.day_text_with_year(day)) for day in event.campaign.allowed_days]
        cast(forms.ChoiceField, self.fields["day"]).choices = [("", _("Choose a day")), *days]
        if not self.is_bound:
            self.initial["key"] = key = self.get_initial_for_field(self.fields["key"], "key")
            self.initial["challenge"] = challenge_for(str(key))

    @property
    def zero_bits(self) -> int:
        """How much work it is."""
        return ZERO_BITS

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self._is_from_a_person(cleaned):
            self._ask_anew(cleaned)
        return cleaned

    def _is_from_a_person(self, cleaned: dict[str, Any]) -> bool:
        day = cleaned.get("day")
        if day:
            return bool(day == self.event.day.isoformat())
        given = (cleaned.get("challenge", ""), cleaned.get("solution", ""))
        return is_solved(*given, key=str(cleaned.get("key", "")))

    def _ask_anew(self, cleaned: dict[str, Any]) -> None:
        is_wrong = bool(cleaned.get("day"))
        if not self.has_error("day"):
            self.add_error(
                "day",
                _("That is another day. Look at the page of the protest.")
                if is_wrong
                else _("Choose the day of the protest, then press the button again."),
            )
        self._renew("challenge", challenge_for(self._typed.get(self.add_prefix("key"), "")))
        self._renew("solution", "")
