from django import forms
from django.utils.translation import gettext_lazy as _

from events.forms import ProtestForm
from events.forms.fields import LineField


class EditForm(ProtestForm):
    """A change to a protest; the author's address was proven when it was registered."""


class CancelForm(forms.Form):
    cancel_reason = LineField(
        label=_("Why is it cancelled?"),
        max_length=300,
        help_text=_("Public: it stands on the page and in the mail to everybody who follows the protest."),
        error_messages={"required": _("Say in one sentence why. People need to know it is not a mistake.")},
    )
