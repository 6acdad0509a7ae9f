"""A protest that is not sent yet, and files of them."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from events.forms import ProtestForm
from events.forms.offered import country_choices
from events.models import Campaign

# A picture that no protest points to is thrown away after some days, and a draft may lie longer.
PICTURE_FIELDS = ("picture_file", "picture_alt", "picture_gone", "picture_name")
MOST_BYTES = 1_000_000


class DraftForm(ProtestForm):
    """A new protest by somebody whose address is proven. It has no picture: that is added once it is sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in PICTURE_FIELDS:
            del self.fields[name]


class ImportFileField(forms.FileField):
    widget = forms.FileInput(attrs={"accept": ".csv,.ics,text/csv,text/calendar"})

    def to_python(self, data: "UploadedFile[Any] | None") -> bytes | None:  # type: ignore[override] # bytes
        if data is None:
            return None
        if (data.size or 0) > MOST_BYTES:
            raise forms.ValidationError(_("This file is larger than 1 MB. Split it."))
        content: bytes = data.read()
        if not content.strip():
            raise forms.ValidationError(_("This file is empty."))
        return content

    def clean(self, data: Any, initial: Any = None) -> bytes | None:
        content = self.to_python(data)
        if content is None:
            raise forms.ValidationError(_("Choose a file."))
        return content


class ImportForm(forms.Form):
    file = ImportFileField(
        label=_("File"), help_text=_("A table (CSV, UTF-8) or a calendar (ICS), at most 500 protests and 1 MB.")
    )
    country = forms.ChoiceField(
        label=_("Country"),
        required=False,
        help_text=_("For rows that name none, as calendars do."),
        error_messages={"invalid_choice": _("Choose a country from the list.")},
    )

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = country_choices(row.country for row in campaign.countries.all())
        self.fields["country"].choices = choices  # type: ignore[attr-defined] # a ChoiceField
