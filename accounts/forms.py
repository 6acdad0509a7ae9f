import unicodedata
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from outbox.sealing import normal_address


class AddressField(forms.EmailField):
    """Somebody's own address; gives it in its normal form."""

    default_error_messages = {
        "required": _("Enter your e-mail address."),
        "invalid": _("This is not an e-mail address. It looks like name@example.org."),
    }
    widget = forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("Your e-mail address"), max_length=254, **kwargs)

    def clean(self, value: Any) -> str:
        return normal_address(super().clean(value))


class AddressForm(forms.Form):
    """The address to which a log-in code goes."""

    email = AddressField()


class CodeForm(forms.Form):
    """Six digits, in whatever script and with whatever blanks they were copied."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        error_messages={"required": _("Enter the code from the mail.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "size": "10", "spellcheck": "false"}
        ),
    )

    def clean_code(self) -> str:
        digits = "".join(str(unicodedata.digit(c)) for c in self.cleaned_data["code"] if c.isdigit())
        if len(digits) != 6:
            raise forms.ValidationError(_("The code has six digits."))
        return digits


class LanguageForm(forms.Form):
    language = forms.ChoiceField(
        label=_("Language of these pages and of our mails"), choices=settings.LANGUAGES, widget=forms.Select
    )
