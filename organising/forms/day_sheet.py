"""What organisers write for each other for the day."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.forms.fields import LineField, PhoneField, ProseField
from events.forms.renewed import renewed, said_otherwise
from organising.models import DaySheet


class DaySheetForm(forms.Form):
    number = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    second_meeting_point = LineField(
        label=_("Second meeting point"),
        help_text=_("Where people go if the first one is closed or not safe."),
        max_length=300,
        required=False,
    )
    meeting_note = ProseField(
        label=_("About the meeting point"),
        help_text=_("How to find it, when stewards meet, where to lock bicycles."),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    own_legal_number = PhoneField(
        label=_("Number of your own legal team"),
        help_text=_("Only if you have one, and if it has agreed. The country's number stands on its rights card."),
        required=False,
    )
    timeline = ProseField(
        label=_("What happens when"),
        help_text=_("One line each, like: 13:30 stewards meet."),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    roles = ProseField(
        label=_("Who does what"),
        help_text=_("One line each, like: sound: M. First names or letters are enough: a phone may be taken away."),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    emergency_plan = ProseField(
        label=_("If something goes wrong"),
        help_text=_("Attack, arrest, heat, storm: who decides, where people go, who is called."),
        max_length=1500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def __init__(self, *args: Any, sheet: DaySheet, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "initial": {"number": sheet.number, **sheet.words()}})

    def words(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in DaySheet.WORDS}

    def show_both(self, sheet: DaySheet) -> list[tuple[str, object]]:
        """What *sheet* says where it says something else than was typed. To save again means that it was seen."""
        self.data = renewed(self, number=sheet.number)
        return said_otherwise(self, sheet.words())
