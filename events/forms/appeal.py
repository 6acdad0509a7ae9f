"""What organisations type to sign the appeal."""

import re
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms import AddressField
from events.folding import fold
from events.forms.fields import LineField, LinkField
from events.forms.guarded import GuardedForm
from events.forms.offered import country_choices
from events.models import Campaign
from events.sign_ons import Signature

# The name is mailed to an address that nobody has proven yet: it must not carry a stranger's link there.
_LINK = re.compile(r"://|www\.|@|\w\.\w{2,}/", re.IGNORECASE)


class SignOnForm(GuardedForm):
    name = LineField(
        label=_("Name of the organisation"),
        max_length=120,
        help_text=_("As it shall stand below the appeal. Groups, associations, unions, parishes; not single people."),
        error_messages={"required": _("Enter the name of the organisation.")},
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    city = LineField(
        label=_("City"), max_length=80, error_messages={"required": _("Enter the city where it is at home.")}
    )
    country = forms.ChoiceField(label=_("Country"), error_messages={"required": _("Choose a country.")})
    website = LinkField(label=_("Website"), required=False, help_text=_("Moderators look there. It is shown as well."))
    email = AddressField(
        help_text=_("Never public. We mail you a link to confirm; by the same link you can take the name back.")
    )

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        taking_part = campaign.countries.values_list("country", flat=True)
        cast(forms.ChoiceField, self.fields["country"]).choices = country_choices(taking_part)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not fold(name) or _LINK.search(name):
            raise ValidationError(_("Enter the name of the organisation."))
        return name

    @property
    def signature(self) -> Signature:
        return Signature(**{name: self.cleaned_data[name] for name in ("name", "city", "country", "website")})
