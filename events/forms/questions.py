"""What is asked about a protest: the fields, their words and the messages for an empty or impossible answer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from events.forms.fields import ClockField, DayField, LineField, LinkField, PositionField, ProseField
from events.models import AccessFeature, Kind
from events.models.campaign import Disclosure
from events.models.details import PlaceKind


class Questions(forms.Form):
    title = LineField(
        label=_("Title"),
        min_length=5,
        max_length=120,
        help_text=_("What happens, in a few words: “March from the station to the town hall”."),
        error_messages={"required": _("Give the protest a title."), "min_length": _("This title is too short.")},
    )
    description = ProseField(
        label=_("Description"),
        max_length=6000,
        help_text=_(
            "Why, how, what to bring. A blank line starts a paragraph, **two stars** make bold, a line that starts "
            "with - is a list item. Links may stand in the text."
        ),
        error_messages={"required": _("Say in a few sentences what will happen.")},
        widget=forms.Textarea(attrs={"rows": "8"}),
    )
    language = forms.ChoiceField(
        label=_("Language of this text"), error_messages={"invalid_choice": _("Choose a language from the list.")}
    )
    kind = forms.ChoiceField(
        label=_("Kind of protest"),
        choices=[("", _("Choose …")), *Kind.choices],
        error_messages={
            "required": _("Choose what kind of protest it is."),
            "invalid_choice": _("Choose a kind from the list."),
        },
    )
    day = DayField(label=_("Day"), error_messages={"required": _("Choose the day.")})
    start_time = ClockField(
        label=_("Start"),
        help_text=_("Local time, like 14:30."),
        error_messages={"required": _("Say when it starts.")},
    )
    end_time = ClockField(label=_("End"), required=False)
    country = forms.ChoiceField(
        label=_("Country"),
        error_messages={
            "required": _("Choose the country."),
            "invalid_choice": _("Choose a country from the list."),
        },
    )
    place_kind = forms.ChoiceField(
        label=_("Where is it?"),
        choices=PlaceKind.choices,
        initial=PlaceKind.ADDRESS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one."), "invalid_choice": _("Choose one of these.")},
    )
    city = LineField(
        label=_("City"),
        max_length=120,
        error_messages={"required": _("Enter the city.")},
        help_text=_("In any spelling. For a village, give the next larger town and name the village under “Place”."),
    )
    city_pick = forms.CharField(label=_("Which one?"), required=False, max_length=12, widget=forms.RadioSelect)
    venue = LineField(
        label=_("Place"),
        max_length=200,
        error_messages={"required": _("Name the place or the street, so that people find you.")},
        help_text=_("A square, a building, a meeting point that people find."),
    )
    address = LineField(label=_("Street address"), required=False, max_length=200)
    position = PositionField(
        label=_("Position on the map"),
        required=False,
        help_text=_("Only if the place is hard to find: 52.2477, 21.0143, or a link copied from OpenStreetMap."),
    )
    zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_("Only for protests online or in a whole country. A city brings its own."),
        error_messages={"invalid_choice": _("Choose a time zone from the list.")},
    )
    disclosure = forms.ChoiceField(
        label=_("Who may know the exact place?"),
        choices=Disclosure.choices,
        initial=Disclosure.PUBLIC,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one."), "invalid_choice": _("Choose one of these.")},
    )
    disclose_day = DayField(label=_("Known from: day"), required=False)
    disclose_time = ClockField(label=_("Known from: time"), required=False, help_text=_("Local time, like 14:30."))
    names_place = forms.BooleanField(label=_("I know that my text names the place. Leave it as it is."), required=False)
    spoken_languages = forms.MultipleChoiceField(
        label=_("Languages spoken there"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Choose languages from the list.")},
    )
    access_features = forms.MultipleChoiceField(
        label=_("What makes it easier to take part"),
        choices=AccessFeature.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick only what is sure: people rely on it, and search for it."),
        error_messages={"invalid_choice": _("Choose from the list.")},
    )
    access_notes = ProseField(
        label=_("More on access"),
        required=False,
        max_length=1000,
        help_text=_("How long the way is and on what ground, where toilets and seats are, whom to ask for help."),
        widget=forms.Textarea(attrs={"rows": "3"}),
    )
    organiser_name = LineField(
        label=_("Who organises it"),
        required=False,
        max_length=120,
        help_text=_("A group or a name that may be public. May stay empty."),
    )
    contact_link = LinkField(
        label=_("Public link"),
        required=False,
        help_text=_("A page about the protest or your group. The list shows which site it leads to."),
    )
    note = ProseField(
        label=_("Note to the moderators"),
        required=False,
        max_length=1000,
        help_text=_("Not public. Anything that helps them to check that this is real."),
        widget=forms.Textarea(attrs={"rows": "3"}),
    )
