from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from outbox.masking import masked
from outbox.models import Delivery, Recipient


class ReadOnlyAdmin(admin.ModelAdmin):
    """For tables that only the rooms' own verbs may change."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class RecipientAdmin(ReadOnlyAdmin):
    """Found by the whole address only: the search compares keyed hashes. Registered with its actions by the room that
    keeps the trail."""

    list_display = ["pk", "masked_address", "language", "created_at", "suspended_at", "never_again_at"]
    list_filter = [
        "language",
        ("suspended_at", admin.EmptyFieldListFilter),
        ("never_again_at", admin.EmptyFieldListFilter),
    ]
    fields = ["masked_address", "language", "created_at", "suspended_at", "never_again_at"]
    search_fields = ["address_hash"]
    search_help_text = "The whole address"
    show_full_result_count = False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return (queryset.with_address(search_term) if search_term else queryset), False  # type: ignore[attr-defined]

    @admin.display(description="address")
    def masked_address(self, recipient: Recipient) -> str:
        return masked(recipient.address)


class DeadLetters(admin.SimpleListFilter):
    """Mails that somebody should have got and did not, by why."""

    title = "dead letters"
    parameter_name = "dead"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [
            ("all", "All dead letters"),
            ("refused", "Refused for good"),
            ("bounced", "Came back"),
            (Delivery.TOO_LATE, "Too late"),
            ("quarantined", "In quarantine"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        why = self.value()
        if why not in {value for value, _name in self.lookup_choices}:
            return queryset
        dead: QuerySet[Any] = queryset.dead()  # type: ignore[attr-defined] # ours, which the stubs do not know
        if why == "quarantined":
            return dead.filter(state=Delivery.State.QUARANTINED)
        return dead if why == "all" else dead.filter(reason__startswith=why)


class DeliveryAdmin(ReadOnlyAdmin):
    """Registered with its actions by the room that keeps the trail."""

    list_display = [
        "pk",
        "letter",
        "state",
        "reason",
        "to",
        "priority",
        "not_before",
        "useful_until",
        "attempts",
        "copies",
        "finished_at",
    ]
    list_filter = [DeadLetters, "state", "letter", "priority"]
    list_select_related = ["recipient"]
    raw_id_fields = ["recipient"]
    ordering = ["-pk"]
    show_full_result_count = False

    @admin.display(description="to")
    def to(self, delivery: Delivery) -> str:
        return masked(delivery.recipient.address)
