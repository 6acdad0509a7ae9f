"""What coordinators write about the duty to notify in their country."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.forms.fields import LineField, ProseField
from events.models import CountryRule
from moderation.check_day import CheckDayField


class RuleForm(forms.ModelForm):
    """The day of checking is asked anew at every change: nobody passes on an old check as theirs."""

    class Meta:
        model = CountryRule
        fields = CountryRule.CONTENT

    seen = forms.CharField(max_length=60, widget=forms.HiddenInput)
    authority = LineField(
        label=_("To whom"), help_text=_("In English, as everything you write here."), max_length=300, required=False
    )
    simplified_to = LineField(label=_("To whom, in the shorter way"), max_length=300, required=False)
    simplified_condition = LineField(label=_("When the shorter way is open"), max_length=300, required=False)
    remarks = ProseField(
        label=_("Remarks"),
        help_text=_("Exceptions, regions, what differs by city. Only what the source says."),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    source = LineField(
        label=_("Source"),
        help_text=_("The law with its paragraph, an official page, a legal team. It is public."),
        max_length=500,
    )
    checked_on = CheckDayField(
        label=_("Checked on"), help_text=_("The day on which you compared all of this with the source.")
    )

    def __init__(self, *args: Any, seen: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {**self.initial, "seen": seen, "checked_on": None}

    def content(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in CountryRule.CONTENT}
