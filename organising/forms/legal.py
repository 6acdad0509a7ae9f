"""What the legal clock asks, and what organisers keep for themselves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.forms.fields import ProseField
from events.models import CountryRule
from organising.models import LegalRecord

_YES_OR_NO = [("yes", _("Yes")), ("no", _("No")), ("", _("We do not know yet"))]
_VALUES = {"yes": True, "no": False, "": None}


def _question(label: Any, hint: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, help_text=hint, choices=_YES_OR_NO, required=False, widget=forms.RadioSelect)


class QuestionsForm(forms.Form):
    """Only those questions that change the deadline in the country of the protest."""

    is_march = _question(_("Does it march?"), _("It moves from one place to another, on foot or on wheels."))
    uses_street = _question(_("Does it use the road?"), _("It walks, stands or drives where cars do."))

    def __init__(self, data: Any, *, rule: CountryRule | None, kept: LegalRecord) -> None:
        given = {value: name for name, value in _VALUES.items()}
        initial = {"is_march": given[kept.is_march], "uses_street": given[kept.uses_street]}
        super().__init__(data, initial=initial)
        if rule is None or not rule.march_only:
            del self.fields["is_march"]
        if rule is None or not rule.street_lead:
            del self.fields["uses_street"]

    @property
    def answers(self) -> dict[str, bool | None]:
        return {name: _VALUES[value] for name, value in self.cleaned_data.items()}


class RecordForm(forms.Form):
    state = forms.ChoiceField(
        label=_("Where does the notice stand?"), choices=LegalRecord.State.choices, widget=forms.RadioSelect
    )
    note = ProseField(
        label=_("For your own memory"),
        help_text=_("For example a reference number, or which office it was. It lies sealed, and only those who run "
                    "this protest with you can read it."),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
