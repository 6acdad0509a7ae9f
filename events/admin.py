"""/admin/: editions, countries, coordinators. Protests, submissions and decisions can be looked at, never changed:
nothing here goes around revisions and decisions."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.actions import record
from accounts.models import User
from events.actions import Refused
from events.campaigns import check_days, copy_campaign, move_campaign
from events.folding import fold
from events.models import (
    Campaign,
    CampaignCountry,
    CampaignText,
    City,
    CityName,
    Coordinator,
    Decision,
    Event,
    EventChange,
    Revision,
    SiteStamp,
)
from events.names import country_codes, country_name
from outbox.admin import ReadOnlyAdmin
from outbox.sealing import normal_address


def country_choices() -> list[tuple[str, str]]:
    return sorted(((code, f"{country_name(code)} ({code})") for code in country_codes()), key=lambda pair: pair[1])


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)


class CampaignForm(forms.ModelForm):
    source_url = forms.URLField(label="source", max_length=300, required=False, assume_scheme="https")

    class Meta:
        model = Campaign
        fields = ("slug", "starts_on", "ends_on", "actions_from", "actions_to", "timezone", "source_url")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("actions_from"), cleaned.get("actions_to")
        if self.instance.pk and first and last and {"actions_from", "actions_to"} & set(self.changed_data):
            try:
                check_days(self.instance, first, last)
            except Refused as refusal:
                raise ValidationError(str(refusal)) from refusal
        return cleaned


class CountryForm(forms.ModelForm):
    country = forms.ChoiceField(choices=country_choices)

    class Meta:
        model = CampaignCountry
        fields = ("country", "position", "timezone", "least_disclosure")


class TextInline(admin.StackedInline):
    model = CampaignText
    extra = 0


class CountryInline(admin.TabularInline):
    model = CampaignCountry
    form = CountryForm
    extra = 0


@admin.register(Campaign)
class CampaignAdmin(admin.ModelAdmin):
    """Editions with their texts and countries. The state moves by the actions of the list, in the allowed steps."""

    form = CampaignForm
    inlines = (CountryInline, TextInline)
    list_display = ("slug", "state", "starts_on", "ends_on", "actions_from", "actions_to", "protests")
    list_filter = ("state",)
    search_fields = ("slug", "texts__name")
    readonly_fields = ("state", "source_key")
    actions = ("open_editions", "close_editions", "archive_editions", "copy_to_next_year")

    @admin.display(description="public protests")
    def protests(self, campaign: Campaign) -> int:
        return campaign.events.visible().count()

    def has_delete_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        return obj is not None and obj.state == Campaign.State.DRAFT and not obj.events.exists()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        SiteStamp.objects.bump()
        record("campaign edited" if change else "campaign made", by=_person(request), on=form.instance)

    @admin.action(description="Open: registration begins", permissions=["change"])
    def open_editions(self, request: HttpRequest, queryset: "QuerySet[Campaign]") -> None:
        self._move(request, queryset, Campaign.State.OPEN)

    @admin.action(description="Close: nothing can be registered any more", permissions=["change"])
    def close_editions(self, request: HttpRequest, queryset: "QuerySet[Campaign]") -> None:
        self._move(request, queryset, Campaign.State.CLOSED)

    @admin.action(description="Archive, for good", permissions=["change"])
    def archive_editions(self, request: HttpRequest, queryset: "QuerySet[Campaign]") -> None:
        self._move(request, queryset, Campaign.State.ARCHIVED)

    def _move(self, request: HttpRequest, queryset: "QuerySet[Campaign]", to: Campaign.State) -> None:
        for campaign in queryset:
            try:
                move_campaign(campaign, to, by=_person(request))
            except Refused as refusal:
                self.message_user(request, f"{campaign}: {refusal}", messages.ERROR)
            else:
                self.message_user(request, f"{campaign} is {to} now.", messages.SUCCESS)

    @admin.action(description="Copy countries and texts to a draft for the next year", permissions=["add"])
    def copy_to_next_year(self, request: HttpRequest, queryset: "QuerySet[Campaign]") -> None:
        for source in queryset:
            year = source.starts_on.year + 1
            try:
                copy_campaign(source, str(year), source.starts_on.replace(year=year), by=_person(request))
            except ValidationError as error:
                self.message_user(request, f"{source}: {' '.join(error.messages)}", messages.ERROR)
            else:
                self.message_user(request, f"{year} is a draft now: check its dates and texts.", messages.SUCCESS)


class CoordinatorForm(forms.ModelForm):
    """Names a person by address. Whoever has no account yet gets one: they log in with a mailed code."""

    address = forms.EmailField(label="e-mail address", help_text="Is not shown again once saved.")
    country = forms.ChoiceField(
        choices=lambda: [("", "All countries (campaign admin)"), *country_choices()], required=False
    )

    class Meta:
        model = Coordinator
        fields = ("campaign", "country", "language")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["address"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        known = User.objects.filter(email=normal_address(cleaned.get("address", ""))).first()
        user = self.instance.user if self.instance.pk else known
        taken = Coordinator.objects.filter(user=user, campaign=cleaned.get("campaign"), country=cleaned.get("country"))
        if user and taken.exclude(pk=self.instance.pk).exists():
            raise ValidationError("This person coordinates this country already.")
        return cleaned

    def save(self, commit: bool = True) -> Coordinator:
        if not self.instance.pk:
            self.instance.user = self._account(self.cleaned_data["address"], self.cleaned_data["language"])
        return cast(Coordinator, super().save(commit))

    def _account(self, address: str, language: str) -> User:
        known = User.objects.filter(email=normal_address(address)).first()
        return known or User.objects.create_user(address, language=language)


@admin.register(Coordinator)
class CoordinatorAdmin(admin.ModelAdmin):
    form = CoordinatorForm
    list_display = ("user", "campaign", "country_name", "language")
    list_filter = ("campaign", "country", "language")

    def get_fields(self, request: HttpRequest, obj: Coordinator | None = None) -> tuple[str, ...]:
        who = "user" if obj else "address"
        return (who, "campaign", "country", "language")

    def get_readonly_fields(self, request: HttpRequest, obj: Coordinator | None = None) -> tuple[str, ...]:
        return ("user",) if obj else ()

    @admin.display(description="country", ordering="country")
    def country_name(self, coordinator: Coordinator) -> str:
        return country_name(coordinator.country) if coordinator.country else "all"

    def save_model(self, request: HttpRequest, obj: Coordinator, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        verb = "coordinator changed" if change else "coordinator appointed"
        record(verb, by=_person(request), on=obj.user, campaign=obj.campaign_id, country=obj.country)

    def delete_model(self, request: HttpRequest, obj: Coordinator) -> None:
        record("coordinator removed", by=_person(request), on=obj.user, campaign=obj.campaign_id, country=obj.country)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Coordinator]") -> None:
        for coordinator in queryset.select_related("user"):
            self.delete_model(request, coordinator)


@admin.register(City)
class CityAdmin(ReadOnlyAdmin):
    """Cities come from the gazetteer (load_cities). Searched in any spelling."""

    list_display = ("name", "country", "slug", "timezone", "population")
    list_filter = ("country",)
    search_fields = ("name",)
    ordering = ("-population",)
    show_full_result_count = False

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[City]", search_term: str
    ) -> "tuple[QuerySet[City], bool]":
        if not search_term:
            return queryset, False
        named = CityName.objects.filter(folded__startswith=fold(search_term))
        return queryset.filter(pk__in=named.values("city")), False


# Places are read through `place_for`, and contact addresses are nobody's to list: neither is shown here.
_KEPT_OUT = ("venue", "address", "lat", "lon", "contact_email")


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "title", "campaign", "country", "city", "day", "start_time", "state", "is_example")
    list_filter = ("campaign", "state", "is_example", "kind", "place_kind", "country")
    list_select_related = ("campaign", "city")
    date_hierarchy = "day"
    search_fields = ("public_id",)
    exclude = (*_KEPT_OUT, "search_text", "search_title")
    readonly_fields = ("contact_link",)

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Event]", search_term: str
    ) -> "tuple[QuerySet[Event], bool]":
        if not search_term:
            return queryset, False
        matching = Event.objects.matching(search_term).values("pk")
        return queryset.filter(Q(pk__in=matching) | Q(public_id=search_term.strip().lower())), False


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdmin):
    list_display = ("event", "number", "state", "country", "day", "submitted_at", "decided_at")
    list_filter = ("state", "event__campaign", "country")
    list_select_related = ("event",)
    search_fields = ("event__public_id",)
    exclude = _KEPT_OUT
    readonly_fields = ("contact_link",)


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ("at", "verb", "event", "revision", "actor_id")
    list_filter = ("verb",)
    list_select_related = ("event", "revision__event")
    date_hierarchy = "at"
    search_fields = ("event__public_id", "actor_id")


@admin.register(EventChange)
class EventChangeAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "event", "noticed_at")
    list_filter = ("kind", "event__campaign")
    list_select_related = ("event",)
    date_hierarchy = "at"
    search_fields = ("event__public_id",)
