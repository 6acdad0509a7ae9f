"""The texts of a collective."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from events.folding import fold, in_order
from events.forms.fields import LineField, LinkField, ProseField
from events.forms.offered import country_choices
from events.models import Collective
from events.names import language_name


class CollectiveForm(forms.Form):
    """What the public reads of a collective once moderators have read it."""

    name = LineField(
        label=_("Name of the collective"),
        max_length=120,
        error_messages={"required": _("Enter the name of the collective.")},
    )
    about = ProseField(
        label=_("About the collective"),
        max_length=4000,
        required=False,
        help_text=_("Who you are and what you do. Markdown: **bold**, *italic*, lists, links."),
        widget=forms.Textarea(attrs={"rows": "8"}),
    )
    language = forms.ChoiceField(label=_("Language of this text"))
    website = LinkField(label=_("Website"), required=False, help_text=_("Shown with the text."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = cast(forms.ChoiceField, self.fields["language"])
        named = [(language_name(code), code) for code, _name in settings.LANGUAGES]
        language.choices = [(code, name) for name, code in sorted(named, key=lambda pair: in_order(pair[0]))]
        language.initial = get_language() or "en"

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not fold(name):
            raise ValidationError(_("Enter the name of the collective."))
        return name

    @property
    def texts(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in Collective.TEXTS}


class FoundForm(CollectiveForm):
    country = forms.ChoiceField(
        label=_("Country"),
        help_text=_("Its moderators read your texts. It stays as it is."),
        error_messages={"required": _("Choose the country.")},
    )

    field_order = ("name", "country", "language", "about", "website")

    def __init__(self, *args: Any, taking_part: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["country"]).choices = country_choices(taking_part)
