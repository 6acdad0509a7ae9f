"""What keeps robots and double clicks away from forms for strangers."""

import uuid
from typing import Any, cast

from django import forms
from django.core import signing
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

SHORTEST_FILL_SECONDS = 3
_stamp = signing.TimestampSigner(salt="events.form.started")


class GuardedForm(forms.Form):
    """`key` makes a form that is sent twice one. Nobody who is too fast, or fills the field that people do not see,
    loses anything: they are asked to look and press again."""

    nickname = forms.CharField(
        label=_("Leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    key = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={name: _("Please press the button again.") for name in ("required", "invalid")},
    )
    started = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4
        self.fields["started"].initial = lambda: _stamp.sign("form")

    def trust(self) -> None:
        """No robot is at work here."""
        for name in ("nickname", "started"):
            del self.fields[name]

    def clean_nickname(self) -> str:
        if self.cleaned_data["nickname"]:
            raise forms.ValidationError(_("Please empty this field: only robots fill it."))
        return ""

    def clean(self) -> dict[str, Any]:
        super().clean()
        if "key" in self.errors:
            self.renew_key()
        if "started" in self.fields and not self.errors and self._was_too_fast():
            self.add_error(None, _("That was very quick. Please look over your answers and press the button again."))
        return self.cleaned_data

    def _was_too_fast(self) -> bool:
        try:
            _stamp.unsign(self.cleaned_data.get("started", ""), max_age=SHORTEST_FILL_SECONDS)
        except signing.SignatureExpired:
            return False
        except signing.BadSignature:
            self._renew("started", _stamp.sign("form"))
        return True

    @property
    def _typed(self) -> "MultiValueDict[str, Any]":
        return cast("MultiValueDict[str, Any]", self.data)

    def renew_key(self) -> None:
        """Make the same answers a new protest's: the key was no good, or somebody else's."""
        self._renew("key", str(uuid.uuid4()))

    def _renew(self, name: str, value: str) -> None:
        renewed = self._typed.copy()
        renewed[self.add_prefix(name)] = value
        self.data = renewed
