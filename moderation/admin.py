"""/admin/: the words that moderators need often. Who moderates can be looked at; moderation/people.py changes it."""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from accounts.actions import record
from accounts.models import User
from events.admin import CampaignAdmin
from events.models import Campaign, Coordinator
from events.names import country_name
from moderation.forgetting import erase_campaign
from moderation.forms import EventDecisionForm, RevisionDecisionForm
from moderation.models import ReasonTemplate
from outbox.admin import ReadOnlyAdmin

# Erasing an edition reaches into all rooms, so this one, which sees them, adds it to the page of editions.
admin.site.unregister(Campaign)


@admin.register(Campaign)
class ErasableCampaignAdmin(CampaignAdmin):
    actions: tuple[str, ...] = (*CampaignAdmin.actions, "erase_people")

    @admin.action(description="Erase the people of one edition, for good", permissions=["change"])
    def erase_people(self, request: HttpRequest, queryset: "QuerySet[Campaign]") -> HttpResponse | None:
        """Asks for the name of the edition to be typed before it erases anything."""
        if len(queryset) != 1:
            self.message_user(request, "Choose one edition.", messages.ERROR)
            return None
        campaign = queryset[0]
        if request.POST.get("slug") != campaign.slug:
            page = {**self.admin_site.each_context(request), "campaign": campaign, "is_wrong": "slug" in request.POST}
            return TemplateResponse(request, "admin/erase_campaign.html", page)
        gone = erase_campaign(campaign, by=cast(User, request.user))
        self.message_user(request, f"Erased: accounts {gone.accounts}, addresses {gone.addresses}.", messages.SUCCESS)
        return None


@admin.register(Coordinator)
class CoordinatorAdmin(ReadOnlyAdmin):
    """A look only: appointing checks that an admin stays, writes letters and is kept track of, in one place."""

    list_display = ("user", "campaign", "role", "country_name")
    list_filter = ("campaign", "role", "country")
    list_select_related = ("user", "campaign")

    @admin.display(description="country", ordering="country")
    def country_name(self, coordinator: Coordinator) -> str:
        return country_name(coordinator.country) if coordinator.country else "all"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        hint = 'People are appointed, changed and removed in <a href="{}">the moderation room</a>.'
        messages.info(request, format_html(hint, reverse("moderation:people")))
        return super().changelist_view(request, extra_context)


class ReasonTemplateForm(forms.ModelForm):
    verb = forms.ChoiceField(
        choices=[(verb.value, verb.value) for verb in (*RevisionDecisionForm.verbs, *EventDecisionForm.verbs)]
    )

    class Meta:
        model = ReasonTemplate
        fields = ("verb", "name", "language", "title", "text", "position")
        help_texts: ClassVar[dict[str, str]] = {
            "name": "The same for the translations of one text.",
            "title": "Moderators choose by it, in their own language.",
            "text": "What the organisers get, in this language.",
        }


@admin.register(ReasonTemplate)
class ReasonTemplateAdmin(admin.ModelAdmin):
    form = ReasonTemplateForm
    list_display = ("title", "verb", "name", "language", "position")
    list_filter = ("verb", "language")
    search_fields = ("name", "title", "text")

    def save_model(self, request: HttpRequest, obj: ReasonTemplate, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self._record("edited" if change else "made", request, obj)

    def delete_model(self, request: HttpRequest, obj: ReasonTemplate) -> None:
        self._record("deleted", request, obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[ReasonTemplate]") -> None:
        for template in queryset:
            self.delete_model(request, template)

    def _record(self, what: str, request: HttpRequest, template: ReasonTemplate) -> None:
        record(f"ready-made reason {what}", by=cast(User, request.user), on=template)
