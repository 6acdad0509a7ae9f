"""What visitors type to report a protest."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.forms.day_question import DayQuestionForm
from events.forms.fields import ProseField
from events.models import Report

LONGEST = 1000


class ReportForm(DayQuestionForm):
    field_order = ("reason", "text", "day")

    reason = forms.ChoiceField(
        label=_("What is wrong?"),
        choices=Report.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is wrong.")},
    )
    text = ProseField(
        label=_("What do you know about it?"),
        max_length=LONGEST,
        required=False,
        help_text=_("Moderators read it. Do not write who you are."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("reason") == Report.Reason.OTHER and not self.has_error("text") and not cleaned.get("text"):
            self.add_error("text", _("Say in a few words what is wrong."))
        return cleaned
