"""What followers type: an address, and which moments they want."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms import AddressField
from events.names import own_language_name
from reminders.actions import Moments
from reminders.models import Subscription

LONGEST_PAUSE = timedelta(days=365)


class MomentsForm(forms.Form):
    week_before = forms.BooleanField(label=_("a week before"), required=False, initial=True)
    day_before = forms.BooleanField(label=_("the day before"), required=False, initial=True)
    on_the_day = forms.BooleanField(label=_("some hours before the start"), required=False, initial=True)

    def moments(self) -> Moments:
        return Moments(**{name: self.cleaned_data[name] for name in MomentsForm.base_fields})


class ChoicesForm(MomentsForm):
    """What a follower hears of one thing that they follow; changes of a protest itself are never left out."""

    with_changes = forms.BooleanField(required=False)

    def __init__(self, subscription: Subscription, data: Any = None) -> None:
        initial = {name: getattr(subscription, name) for name in self.base_fields}
        super().__init__(data, auto_id=False, initial=initial)
        if subscription.event_id:
            del self.fields["with_changes"]
        elif subscription.hears_changes_at_once:
            self.fields["with_changes"].label = _("changes, at once")
        else:
            self.fields["with_changes"].label = _("changes, gathered once an hour")


class PauseForm(forms.Form):
    until = forms.DateField(
        label=_("Until the morning of"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        today = timezone.now().date()
        if not today < until <= today + LONGEST_PAUSE:
            raise forms.ValidationError(_("Choose a day that is still to come, at most a year ahead."))
        return until


class SubscribeForm(MomentsForm):
    email = AddressField(
        help_text=_("Only for these mails. It is stored sealed and deleted two weeks after the protests.")
    )
    # People do not see it; programs that fill in everything do.
    nickname = forms.CharField(required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}))

    field_order = ("email",)

    @property
    def is_from_a_program(self) -> bool:
        return bool(self.cleaned_data.get("nickname"))


class LanguageForm(forms.Form):
    language = forms.ChoiceField(label=_("Language of the mails"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["language"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(code, own_language_name(code)) for code in settings.COMPLETE_LANGUAGES]
