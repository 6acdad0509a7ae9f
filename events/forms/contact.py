"""Letters to the campaign."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.forms import AddressField
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


class ContactForm(LetterForm):
    email = AddressField(help_text=_("The answer goes there. Those who answer do not see it."))
    language = forms.ChoiceField(label=_("Language of the answer"))

    field_order = ("message", "email", "language")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["language"])
        field.choices = [(code, own_language_name(code)) for code in settings.COMPLETE_LANGUAGES]
        field.initial = get_language() or "en"
