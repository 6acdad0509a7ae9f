import unicodedata

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from outbox.sealing import normal_address


class AddressForm(forms.Form):
    """The address to which a log-in code goes."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        error_messages={
            "required": _("Enter your e-mail address."),
            "invalid": _("This is not an e-mail address. It looks like name@example.org."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )

    def clean_email(self) -> str:
        return normal_address(self.cleaned_data["email"])


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
