"""The form for a new protest, asked of strangers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from events.forms.guarded import GuardedForm
from events.forms.protest import ProtestForm
from outbox.sealing import normal_address


class RegistrationForm(GuardedForm, ProtestForm):
    """A protest and the address of whoever registers it. `key` makes a form that is sent twice one protest."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        help_text=_(
            "Never public. We mail you a code to prove it; with it you can later change or cancel the protest."
        ),
        error_messages={
            "required": _("Enter your e-mail address."),
            "invalid": _("This is not an e-mail address. It looks like name@example.org."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        """A *user* has proven an address before and is no robot."""
        super().__init__(*args, **kwargs)
        self.user = user
        if user:
            self.trust()
            del self.fields["email"]

    def clean_email(self) -> str:
        return normal_address(self.cleaned_data["email"])

    @property
    def answers(self) -> dict[str, list[str]]:
        """What was typed, as it was typed, field by field."""
        return {name: self._typed.getlist(name) for name in self.fields if name in self.data}
