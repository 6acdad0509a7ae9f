"""How it was: what is asked of those who ran a protest. Only what cannot be kept at all is an error here; what is still
missing is said when they send it."""

import re
from typing import Any, cast
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from events import names
from events.folding import in_order
from events.forms.fields import LineField, LinkField, ProseField, ReadField
from events.forms.picture import PictureFileField
from events.models import AfterReport, HowCounted, Picture, ReportPicture
from events.models.after_report import MOST_LINKS, MOST_PEOPLE

_NUMBER = re.compile(r"\d{1,9}|\d{1,3}(?:[ .,'’\u202f]\d{3}){1,2}")
LONGEST_LINKS = MOST_LINKS * 310


class NumberField(ReadField):
    """A number of people, as people write it: 1200, 1 200, 1.200."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})

    def read(self, text: str) -> int:
        if not _NUMBER.fullmatch(text):
            raise ValidationError(_("Write a number like 1200."), code="invalid")
        number = int(re.sub(r"\D", "", text))
        if number > MOST_PEOPLE:
            raise ValidationError(_("So many people cannot have come."), code="invalid")
        return number

    def show(self, value: int) -> str:
        return str(value)


class LinksField(ProseField):
    """Web addresses, one a line."""

    def clean(self, value: Any) -> list[str]:
        lines = [line for line in super().clean(value).split("\n") if line.strip()]
        links = list(dict.fromkeys(map(self._link, lines)))
        if len(links) > MOST_LINKS:
            raise ValidationError(
                _("At most %(number)d links fit here."), code="invalid", params={"number": MOST_LINKS}
            )
        return links

    def _link(self, line: str) -> str:
        try:
            return str(LinkField().clean(line))
        except ValidationError as error:
            raise ValidationError([f"{line[:60]}: {said}" for said in error.messages]) from error

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value


class AfterReportForm(forms.Form):
    turnout_low = NumberField(label=_("At least"), required=False)
    turnout_high = NumberField(
        label=_("At most"), required=False, help_text=_("One number is enough, if you know it well.")
    )
    how_counted = forms.ChoiceField(
        label=_("How do you know?"),
        required=False,
        choices=HowCounted.choices,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose one of these.")},
    )
    text = ProseField(
        label=_("What happened?"),
        required=False,
        max_length=6000,
        help_text=_("A few sentences are enough. Name nobody who has not agreed. A blank line starts a paragraph."),
        widget=forms.Textarea(attrs={"rows": "8"}),
    )
    language = forms.ChoiceField(
        label=_("Language of this text"), error_messages={"invalid_choice": _("Choose a language from the list.")}
    )
    links = LinksField(
        label=_("What others wrote"),
        required=False,
        max_length=LONGEST_LINKS,
        help_text=_(
            "Links to press, films, statements: one a line, ten at most. The page shows which site each leads to."
        ),
        widget=forms.Textarea(attrs={"rows": "4", "inputmode": "url", "spellcheck": "false"}),
    )
    picture_file = PictureFileField(
        label=_("Choose a picture"),
        required=False,
        help_text=_("A JPEG, PNG or WebP file of at most 10 MB, one at a time."),
    )
    picture_alt = LineField(
        label=_("What can be seen on it?"),
        required=False,
        max_length=300,
        help_text=_("One sentence for people who do not see it."),
    )
    seen = forms.IntegerField(min_value=0, max_value=2_000_000_000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, event_language: str, pictures: list[ReportPicture], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept: Picture | None = None
        self.pictures = pictures
        codes = {code for code, _name in settings.LANGUAGES} | {event_language, str(self.initial.get("language", "en"))}
        choices = sorted(((code, names.language_name(code)) for code in codes), key=lambda row: in_order(row[1]))
        cast(forms.ChoiceField, self.fields["language"]).choices = choices
        for shown in pictures:
            self.fields[self.alt_name(shown.picture.key)] = LineField(
                label=_("What can be seen on it?"), required=False, max_length=300, initial=shown.alt
            )

    @staticmethod
    def alt_name(key: UUID) -> str:
        return f"alt_{key.hex}"

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if not self.errors.keys() & {"turnout_low", "turnout_high"}:
            low, high = data.get("turnout_low"), data.get("turnout_high")
            data["turnout_low"], data["turnout_high"] = (high if low is None else low), (low if high is None else high)
            if low is not None and high is not None and low > high:
                self.add_error("turnout_high", _("The second number is the larger one."))
        return data

    @property
    def is_told(self) -> bool:
        """Whether all but a newly chosen file can be kept."""
        return self.is_bound and not self.errors.keys() - {"picture_file"}

    @property
    def told(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in AfterReport.TOLD}

    @property
    def alts(self) -> dict[UUID, str]:
        """What was typed about the pictures that the form showed; another one may have come since."""
        fields = {shown.picture.key: self.alt_name(shown.picture.key) for shown in self.pictures}
        return {key: self.cleaned_data[name] for key, name in fields.items() if name in self.data}

    def keep_picture(self, picture: Picture) -> None:
        """Carry on with the *picture* that was made of the chosen file."""
        self.kept = picture


def report_initial(report: AfterReport | None, language: str) -> dict[str, Any]:
    """What the form shows of the version that is there."""
    return {**report.told, "seen": report.edits} if report else {"language": language, "seen": 0}
