"""/admin/: editions and countries. Protests, submissions and decisions can be looked at, never changed:
nothing here goes around revisions and decisions."""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.actions import record
from accounts.models import User
from events.actions import Refused
from events.blocklist import host_of, is_host
from events.campaigns import check_days, copy_campaign, move_campaign
from events.folding import fold
from events.models import (
    BlockedTerm,
    Campaign,
    CampaignCountry,
    CampaignText,
    City,
    CityName,
    Decision,
    Event,
    EventChange,
    Revision,
    SiteStamp,
)
from events.names import country_codes, country_name
from outbox.admin import ReadOnlyAdmin


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
        fields = ("country", "position", "timezone", "least_disclosure", "shows_counts")


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
    actions: tuple[str, ...] = ("open_editions", "close_editions", "archive_editions", "copy_to_next_year")

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


class BlockedTermForm(forms.ModelForm):
    class Meta:
        model = BlockedTerm
        fields = ("kind", "value", "note")
        help_texts: ClassVar[dict[str, str]] = {
            "value": "A domain or host also covers those below it. A word or phrase is found as whole words, in any "
            "accent and case and in letters that look like it. What it matches goes into quarantine."
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind, typed = cleaned.get("kind"), cleaned.get("value", "")
        cleaned["value"] = value = fold(typed) if kind == BlockedTerm.Kind.WORD else host_of(typed.rpartition("@")[2])
        if kind == BlockedTerm.Kind.WORD and len(value) < 3:
            self.add_error("value", "Shorter words would be found everywhere.")
        if kind != BlockedTerm.Kind.WORD and not is_host(value):
            self.add_error("value", "Enter the name of a host, as in spam.example, without https:// and what follows.")
        return cleaned


@admin.register(BlockedTerm)
class BlockedTermAdmin(admin.ModelAdmin):
    form = BlockedTermForm
    list_display = ("kind", "value", "note", "added_at")
    list_filter = ("kind",)
    search_fields = ("value", "note")

    def save_model(self, request: HttpRequest, obj: BlockedTerm, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        record("blocked term edited" if change else "blocked term made", by=_person(request), on=obj)

    def delete_model(self, request: HttpRequest, obj: BlockedTerm) -> None:
        record("blocked term deleted", by=_person(request), on=obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[BlockedTerm]") -> None:
        for term in queryset:
            self.delete_model(request, term)
