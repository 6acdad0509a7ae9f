"""Writing to followers."""

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from events.forms import named_in
from events.forms.fields import LineField, ProseField
from events.forms.renewed import renewed
from events.models import Audience, Event
from events.names import own_language_name
from organising.actions.announcing import Texts, no_links
from organising.budgets import first_link
from organising.models import Announcement
from organising.models.announcement import SUBJECT_LENGTH, TEXT_LENGTH


def _subject_field(*, required: bool) -> LineField:
    return LineField(
        label=_("Subject"),
        max_length=SUBJECT_LENGTH,
        required=required,
        error_messages={"required": _("Write a subject.")},
    )


def _text_field(*, required: bool) -> ProseField:
    return ProseField(
        label=_("Text"),
        max_length=TEXT_LENGTH,
        required=required,
        widget=forms.Textarea(attrs={"rows": "8"}),
        error_messages={"required": _("Write something.")},
    )


class AnnouncementForm(forms.Form):
    """One text, and the same in as many of the site's languages as its author writes."""

    key = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={name: _("Please press the button again.") for name in ("required", "invalid")},
    )
    language = forms.ChoiceField(label=_("Language"))
    subject = _subject_field(required=True)
    text = _text_field(required=True)
    names_place = forms.BooleanField(label=_("I know that my text names the place. Leave it as it is."), required=False)

    def __init__(self, *args: Any, event: Event, now: datetime, may_link: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.event, self.now, self.may_link = event, now, may_link
        self.fields["key"].initial = uuid.uuid4
        languages = self.fields["language"]
        if isinstance(languages, forms.ChoiceField):
            languages.choices = [(code, own_language_name(code)) for code in settings.COMPLETE_LANGUAGES]
        languages.initial = get_language()
        for code in settings.COMPLETE_LANGUAGES:
            self.fields[f"subject_{code}"] = _subject_field(required=False)
            self.fields[f"text_{code}"] = _text_field(required=False)

    @property
    def translations(self) -> Iterator[tuple[str, bool, list[forms.BoundField]]]:
        """The fields of each other language: its name, whether something stands or is wrong there, subject and text."""
        for code in settings.COMPLETE_LANGUAGES:
            pair = [self[f"subject_{code}"], self[f"text_{code}"]]
            is_used = any(field.value() or field.errors for field in pair)
            if is_used or code != self["language"].value():
                yield own_language_name(code), is_used, pair

    @property
    def is_asked_about_text(self) -> bool:
        return "names_place" in self.errors or bool(self["names_place"].value())

    def clean(self) -> dict[str, Any]:
        super().clean()
        if "key" in self.errors:
            self.renew_key()
        self._clean_translations()
        if not self.errors:
            self._clean_links()
            self._clean_place()
        return self.cleaned_data

    def renew_key(self) -> None:
        """Make the same text a new letter's: the key was no good, or another letter's."""
        self.data = renewed(self, key=uuid.uuid4())

    def _clean_translations(self) -> None:
        """Half a translation is a slip; one in the language of the text itself would be read by nobody."""
        for code in settings.COMPLETE_LANGUAGES:
            subject, text = self.cleaned_data.get(f"subject_{code}"), self.cleaned_data.get(f"text_{code}")
            if code == self.cleaned_data.get("language") and (subject or text):
                self.add_error(f"text_{code}", _("This is the language of your text above. Choose another one for it."))
            elif text and not subject:
                self.add_error(f"subject_{code}", _("A translation needs a subject too."))
            elif subject and not text:
                self.add_error(f"text_{code}", _("A translation needs a text too."))

    def _written(self) -> list[str]:
        texts = self.texts()
        others = [text for one in texts.translations.values() for text in one.values()]
        return [texts.subject, texts.text, *others]

    def _clean_links(self) -> None:
        link = "" if self.may_link else first_link(self._written())
        if link:
            self.add_error(None, no_links(link))

    def _clean_place(self) -> None:
        """Followers that do not know the place yet would read it in the text."""
        known = self.event.place_for(Audience.FOLLOWER, self.now).spot
        secret = [name for name in self.event.place_for(Audience.INSIDER, self.now).spot if name not in known]
        place = named_in(self._written(), secret)
        if place and not self.cleaned_data["names_place"]:
            message = _(
                "Your text names “%(place)s”, which followers are not to know yet. Change the text, or tick the box."
            )
            self.add_error("names_place", forms.ValidationError(message, params={"place": place}))

    def texts(self) -> Texts:
        data = self.cleaned_data
        translations = {
            code: {"subject": data[f"subject_{code}"], "text": data[f"text_{code}"]}
            for code in settings.COMPLETE_LANGUAGES
            if code != data["language"] and data[f"text_{code}"]
        }
        return Texts(data["language"], data["subject"], data["text"], translations)


def initial_of(announcement: Announcement) -> dict[str, Any]:
    """The form filled with what was written."""
    initial = {"language": announcement.language, "subject": announcement.subject, "text": announcement.text}
    for code, texts in announcement.translations.items():
        initial |= {f"subject_{code}": texts["subject"], f"text_{code}": texts["text"]}
    return initial
