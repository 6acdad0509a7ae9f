"""Forms about moderators: what they look after, when they are away, and when they are written to."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.forms import AddressField
from accounts.models import User
from events.models import Campaign, Coordinator
from events.names import country_name, own_language_name
from moderation.models import MailChoice
from moderation.people import Holiday, Rights

Role = Coordinator.Role


class RightsForm(forms.Form):
    """What somebody looks after in an edition."""

    role = forms.ChoiceField(
        label=_("Role"),
        choices=[
            (Role.COORDINATOR.value, _("Coordinator: decides on protests")),
            (Role.ADMIN.value, _("Admin: all countries and languages, letters, and the people")),
        ],
        widget=forms.RadioSelect,
        initial=Role.COORDINATOR.value,
    )
    countries = forms.MultipleChoiceField(
        label=_("Countries"),
        help_text=_("None ticked: all of them."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages they read"),
        help_text=_("They see what is written in these. None ticked: all of them."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        countries = campaign.countries.values_list("country", flat=True)
        named = sorted((country_name(code), code) for code in countries)
        cast(forms.MultipleChoiceField, self.fields["countries"]).choices = [(code, name) for name, code in named]
        cast(forms.MultipleChoiceField, self.fields["languages"]).choices = [
            (code, own_language_name(code)) for code, _name in settings.LANGUAGES
        ]

    @property
    def rights(self) -> Rights:
        """What was chosen; an admin looks after everything, whatever is ticked."""
        role = Role(self.cleaned_data["role"])
        if role == Role.ADMIN:
            return Rights(role)
        chosen = self.cleaned_data
        return Rights(role, tuple(sorted(chosen["countries"])), tuple(sorted(chosen["languages"])))


class AppointForm(RightsForm):
    address = AddressField(help_text=_("They get a mail that says what they were made, and how to begin."))

    field_order = ("address", "role", "countries", "languages")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["address"].label = _("E-mail address")


class HolidayForm(forms.Form):
    """Who stands in is named by address: people know whom they ask, and nobody gets a list of addresses."""

    first = forms.DateField(label=_("First day away"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("Last day away"), widget=forms.DateInput(attrs={"type": "date"}))
    cover = AddressField(
        required=False,
        help_text=_("Somebody who moderates this edition too. They decide and get the mails in the meantime."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cover"].label = _("E-mail address of who stands in")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("first") and cleaned.get("last") and cleaned["last"] < cleaned["first"]:
            self.add_error("last", forms.ValidationError(_("The last day comes before the first.")))
        if cleaned.get("cover"):
            cleaned["cover_user"] = User.objects.filter(email=cleaned["cover"]).first()
            if cleaned["cover_user"] is None:
                self.add_error("cover", forms.ValidationError(_("Nobody with this address moderates this edition.")))
        return cleaned

    @property
    def holiday(self) -> Holiday:
        chosen = self.cleaned_data
        return Holiday(chosen["first"], chosen["last"], chosen.get("cover_user"))


class MailChoiceForm(forms.ModelForm):
    """When a moderator is written to."""

    class Meta:
        model = MailChoice
        fields = ("digest", "alert_hours", "alert_on_reports")

    digest = forms.ChoiceField(
        label=_("A mail that counts what waits"),
        help_text=_("It comes only if something new waits, and not between 21:00 and 08:00."),
        choices=[
            (MailChoice.Digest.NEVER.value, _("never")),
            (MailChoice.Digest.QUARTER.value, _("at most every 15 minutes")),
            (MailChoice.Digest.HOURLY.value, _("at most every hour")),
            (MailChoice.Digest.DAILY.value, _("once a day, at 09:00")),
        ],
    )
    alert_hours = forms.IntegerField(
        label=_("Tell me when something waits longer than so many hours"),
        help_text=_("0: never."),
        min_value=0,
        max_value=240,
    )
    alert_on_reports = forms.BooleanField(
        label=_("Tell me when visitors report a protest"),
        help_text=_("A report that people are at risk is mailed at once in any case, at night too."),
        required=False,
    )
