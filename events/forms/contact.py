"""Letters to the campaign and to those who run a protest, and the answers."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.forms import AddressField
from events.forms.day_question import DayQuestionForm
from events.forms.fields import ProseField
from events.forms.guarded import GuardedForm
from events.names import own_language_name

LONGEST = 4000


class LetterForm(GuardedForm):
    """A further letter of somebody whose address is known."""

    message = ProseField(
        label=_("Your letter"),
        max_length=LONGEST,
        error_messages={"required": _("Write something.")},
        widget=forms.Textarea(attrs={"rows": 8}),
    )


class AnswerForm(LetterForm):
    """An answer of somebody who is logged in. `seen` is the number of the newest letter on the page."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=0, max_value=2**62)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trust()
        self.fields["message"].label = _("Your answer")

    def show_newest(self, number: int) -> None:
        """Whoever presses the button now has seen the letters up to this number."""
        self.initial["seen"] = number
        if self.is_bound:
            self._renew("seen", str(number))


class ContactForm(LetterForm):
    email = AddressField(help_text=_("The answer goes there. Those who answer do not see it."))
    language = forms.ChoiceField(label=_("Language of the answer"))

    field_order: tuple[str, ...] = ("message", "email", "language")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["language"])
        field.choices = [(code, own_language_name(code)) for code in settings.COMPLETE_LANGUAGES]
        field.initial = get_language() or "en"


class OrganisersForm(DayQuestionForm, ContactForm):
    """A letter to those who run a protest."""

    field_order = ("message", "email", "language", "day")
