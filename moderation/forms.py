from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.models import Decision

REASON_LENGTH = 2000


class DecisionForm(forms.Form):
    """Which button was pressed, and the words for the organisers. Subclasses say which buttons there are."""

    verbs: tuple[Decision.Verb, ...] = ()

    reason = forms.CharField(
        label=_("Your words to the organisers"),
        help_text=_("They get them by mail. Needed unless you approve."),
        max_length=REASON_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        verb = self.data.get("verb")
        if verb not in self.verbs:
            raise forms.ValidationError(_("Choose what to do with it."), code="verb")
        if verb in Decision.NEEDS_REASON and "reason" not in self.errors and not cleaned.get("reason"):
            self.add_error("reason", forms.ValidationError(_("Say why: the organisers get your words by mail.")))
        cleaned["verb"] = Decision.Verb(verb)
        return cleaned


class RevisionDecisionForm(DecisionForm):
    verbs = (Decision.Verb.APPROVE, Decision.Verb.REQUEST_CHANGES, Decision.Verb.REJECT)


class EventDecisionForm(DecisionForm):
    verbs = (Decision.Verb.HIDE, Decision.Verb.RESTORE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _("They get them by mail. Needed unless you restore.")


class SearchForm(forms.Form):
    q = forms.CharField(label=_("Title, city or number"), max_length=100, required=False)
