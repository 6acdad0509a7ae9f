"""The form for a new protest, asked of strangers."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.forms import AddressField
from accounts.models import User
from events.forms.guarded import GuardedForm
from events.forms.protest import ProtestForm


class RegistrationForm(GuardedForm, ProtestForm):
    """A protest and the address of whoever registers it. `key` makes a form that is sent twice one protest."""

    email = AddressField(
        help_text=_("Never public. We mail you a code to prove it; with it you can later change or cancel the protest.")
    )

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        """A *user* has proven an address before and is no robot."""
        super().__init__(*args, **kwargs)
        self.user = user
        if user:
            self.trust()
            del self.fields["email"]
