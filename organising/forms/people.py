"""Inviting people, their roles, and the collective that hosts."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import AddressField
from events.forms.fields import LineField
from events.models import Collective, Event
from organising.groups import Group, roles_offered

MAY = {
    True: _(
        "An owner chooses the people. A co-organiser changes the protest. A helper reads what is needed on the day."
    ),
    False: _("An admin writes the texts and chooses the people. A member organises what the collective hosts."),
}


class RoleForm(forms.Form):
    """A role of this protest or collective; with *by_link*, none that chooses people."""

    role = forms.ChoiceField(
        label=_("Role"), widget=forms.RadioSelect, error_messages={"required": _("Choose a role.")}
    )

    def __init__(self, *args: Any, group: Group, by_link: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role = cast(forms.ChoiceField, self.fields["role"])
        role.choices = roles_offered(group, by_link=by_link)
        role.help_text = str(MAY[isinstance(group, Event)])


class InviteForm(RoleForm):
    address = AddressField(help_text=_("They get a mail with a link that works once, for seven days, for them alone."))

    field_order = ("address", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["address"].label = _("E-mail address")


class LabelForm(forms.Form):
    label = LineField(
        label=_("What you call this person"),
        max_length=60,
        required=False,
        help_text=_("Only the people who run this protest see it."),
    )


class CollectiveChoice(forms.ModelChoiceField):  # type: ignore[type-arg] # generic in the stubs alone
    def label_from_instance(self, obj: Collective) -> str:
        return obj.name


class HostForm(forms.Form):
    host = CollectiveChoice(
        label=_("Collective"),
        queryset=Collective.objects.none(),
        empty_label=_("Choose …"),
        to_field_name="public_id",
        help_text=_("All its members become co-organisers of this protest, as long as it hosts it."),
        error_messages={
            "required": _("Choose a collective that you belong to."),
            "invalid_choice": _("Choose a collective that you belong to."),
        },
    )

    def __init__(self, *args: Any, mine: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(CollectiveChoice, self.fields["host"]).queryset = mine


class SearchForm(forms.Form):
    q = LineField(label=_("Name of the collective"), max_length=120)
