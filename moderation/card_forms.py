"""What coordinators write on a rights card."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from events.forms.fields import LineField, PhoneField, ProseField
from events.forms.renewed import renewed, said_otherwise
from events.models import RightsCard
from events.when import date_text_with_year
from moderation.check_day import CheckDayField


class CardForm(forms.Form):
    """Source and day of checking are asked anew at every change: nobody passes on an old check as theirs."""

    number = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    text = ProseField(
        label=_("Text of the card"),
        help_text=_("Short: it is to fit into a wallet. Lists begin with *, bold stands between **."),
        max_length=1500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
    )
    legal_number = PhoneField(
        label=_("Legal number"),
        help_text=_("The phone number of a legal team that has agreed to be called. Call it before you save."),
        required=False,
    )
    legal_number_note = LineField(
        label=_("About the number"),
        help_text=_("Whose it is, and when somebody answers."),
        max_length=200,
        required=False,
    )
    source = LineField(
        label=_("Source"), help_text=_("Who says so: an organisation, a lawyer, a web address."), max_length=300
    )
    checked_on = CheckDayField(label=_("Checked on"), help_text=_("The day on which you compared it with the source."))

    def __init__(self, *args: Any, card: RightsCard | None, **kwargs: Any) -> None:
        kept = {"number": card.number, **card.words()} if card else {"number": 0}
        initial = {name: value for name, value in kept.items() if name not in {"source", "checked_on"}}
        super().__init__(*args, **{**kwargs, "initial": initial})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not (self.errors or cleaned.get("text") or cleaned.get("legal_number")):
            raise ValidationError(_("Write a text or a number. To show nothing any more, take the card back."))
        return cleaned

    def words(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in RightsCard.WORDS}

    def show_both(self, card: RightsCard | None) -> list[tuple[str, object]]:
        """What *card* says where it says something else than was typed. To save again means that it was seen."""
        self.data = renewed(self, number=card.number if card else 0)
        others = said_otherwise(self, card.words()) if card else []
        return [(label, date_text_with_year(said) if isinstance(said, date) else said) for label, said in others]
