import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.models import Campaign, Decision

REASON_LENGTH = 2000


class DecisionForm(forms.Form):
    """Which button was pressed, and the words for the organisers. Subclasses say which buttons there are."""

    verbs: tuple[Decision.Verb, ...] = ()

    reason = forms.CharField(
        label=_("Your words to the organisers"),
        help_text=_("They get them by mail. Needed unless you approve."),
        max_length=REASON_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "data-key": "r"}),
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


class WordsForm(forms.Form):
    """Words that somebody gets by mail."""

    reason = forms.CharField(
        label=_("Your words to the organisers"),
        max_length=REASON_LENGTH,
        error_messages={"required": _("Say why: the organisers get your words by mail.")},
    )

    @property
    def error(self) -> str:
        """What is wrong with them, in one sentence."""
        return next((str(errors[0]) for errors in self.errors.values()), "")


class RevisionDecisionForm(DecisionForm):
    verbs = (
        Decision.Verb.APPROVE,
        Decision.Verb.APPROVE_AND_TRUST,
        Decision.Verb.REQUEST_CHANGES,
        Decision.Verb.REJECT,
    )


class EventDecisionForm(DecisionForm):
    verbs = (Decision.Verb.HIDE, Decision.Verb.RESTORE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _("They get them by mail. Needed unless you restore.")


class AskForm(DecisionForm):
    """A question to the organisers, put ready."""

    verbs = (Decision.Verb.REQUEST_CHANGES,)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _("They get them by mail. Change them as you like.")
        self.fields["reason"].widget.attrs["rows"] = 7
        self.fields["reason"].required = True


class MergeForm(DecisionForm):
    """Make a protest one with another."""

    verbs = (Decision.Verb.MERGE,)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _("They get them by mail.")
        self.fields["reason"].required = True


class MergeIntoForm(MergeForm):
    """The other protest is named by the number in its address."""

    into = forms.CharField(
        label=_("The protest that stays"), help_text=_("The eight signs in the address of its page."), max_length=200
    )

    field_order = ("into", "reason")

    def clean_into(self) -> str:
        """The number, also if the whole address was typed."""
        found = re.search(r"(?:^|/)([2-9bcdfghjkmnpqrstvwxz]{8})(?:[-/]|$)", self.cleaned_data["into"].strip().lower())
        if not found:
            raise forms.ValidationError(_("This is no number of a protest."))
        return found.group(1)


class HandOverForm(DecisionForm):
    """Give a protest into other hands."""

    verbs = (Decision.Verb.HAND_OVER,)

    address = forms.EmailField(
        label=_("E-mail address of who looks after it from now on"),
        help_text=_("They get a mail. Those who have looked after it so far lose their rights, and get your words."),
        max_length=254,
    )

    field_order = ("address", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _("They get them by mail.")
        self.fields["reason"].required = True


class MassUndoForm(forms.Form):
    """Why all that an account did is taken back."""

    reason = forms.CharField(
        label=_("Your words to the organisers"), max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )
    is_blocked = forms.BooleanField(label=_("Close the account: nobody logs in to it any more"), required=False)

    def __init__(self, *args: Any, help_text: str, may_block: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = help_text
        if not may_block:
            del self.fields["is_blocked"]


class BulkForm(DecisionForm):
    """One decision on the ticked rows of the queue."""

    verbs = (Decision.Verb.REQUEST_CHANGES, Decision.Verb.REJECT)


class SearchForm(forms.Form):
    q = forms.CharField(label=_("Title, city or number"), max_length=100, required=False)


class ExportForm(forms.Form):
    """Of which edition, and of which days, decisions are wanted."""

    campaign = forms.ChoiceField(label=_("Edition"), required=False)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, campaigns: Iterable[Campaign], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.campaigns = {campaign.slug: campaign for campaign in campaigns}
        self.fields["campaign"].choices = [(slug, slug) for slug in self.campaigns]  # type: ignore[attr-defined] # of a ChoiceField
