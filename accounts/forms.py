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


class DigitsField(forms.CharField):
    """Digits, in whatever script and with whatever blanks they were copied."""

    widget = forms.TextInput(
        attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "size": "10", "spellcheck": "false"}
    )

    def __init__(self, *, lengths: tuple[int, ...], wrong: Any, **kwargs: Any) -> None:
        self.lengths, self.wrong = lengths, wrong
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        digits = "".join(str(unicodedata.digit(c)) for c in typed if c.isdigit())
        if typed and len(digits) not in self.lengths:
            raise forms.ValidationError(self.wrong)
        return digits


SIX_DIGITS = _("The code has six digits.")


class CodeForm(forms.Form):
    """The code from a mail."""

    code = DigitsField(
        label=_("Code"),
        lengths=(6,),
        wrong=SIX_DIGITS,
        error_messages={"required": _("Enter the code from the mail.")},
    )


class AppForm(forms.Form):
    """What an app shows that has just read its key."""

    code = DigitsField(
        label=_("The six digits that the app shows now"),
        lengths=(6,),
        wrong=SIX_DIGITS,
        error_messages={"required": _("Enter the six digits.")},
    )


class CredentialField(forms.JSONField):
    """What a browser answers about a passkey (static/js/passkey.js)."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> Any:
        answer = super().clean(value)
        if answer is not None and not isinstance(answer, dict):
            raise forms.ValidationError(_("Your browser sent something that is no passkey."))
        return answer


class PasskeyForm(forms.Form):
    """A new passkey, and what its owner calls it."""

    name = forms.CharField(
        label=_("Name of the passkey"), max_length=60, help_text=_("Such as: my phone, the blue key.")
    )
    credential = CredentialField(
        error_messages={"required": _("Press the button and follow your browser; it asks for your passkey.")}
    )


class SecondFactorForm(forms.Form):
    """Six digits of an app, a recovery code, or a passkey."""

    code = DigitsField(
        label=_("Six digits from your app, or a recovery code"),
        lengths=(6, 8),
        wrong=_("An app shows six digits; a recovery code has eight."),
        error_messages={"required": _("Enter the digits.")},
    )
    credential = CredentialField(required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["code"].required = not (data and data.get("credential"))


class LanguageForm(forms.Form):
    language = forms.ChoiceField(
        label=_("Language of these pages and of our mails"), choices=settings.LANGUAGES, widget=forms.Select
    )


class EraseForm(forms.Form):
    """The last question before an account is erased, and whether its owner has seen what is left without anybody."""

    alone = forms.BooleanField(
        label=_("I have read what becomes of these, and nobody can take them over."),
        error_messages={"required": _("Tick this, or hand them over first.")},
    )
    sure = forms.BooleanField(
        label=_("Erase my account. I cannot undo this."),
        error_messages={"required": _("Tick this if you want to be erased.")},
    )

    def __init__(self, *args: Any, leaves_alone: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not leaves_alone:
            del self.fields["alone"]
