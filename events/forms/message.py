"""A message between moderators and organisers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from events.forms.fields import ProseField
from events.forms.guarded import GuardedForm
from events.messages import LONGEST


class MessageForm(GuardedForm):
    message = ProseField(
        label=_("Your message"),
        max_length=LONGEST,
        error_messages={"required": _("Write something.")},
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.trust()
