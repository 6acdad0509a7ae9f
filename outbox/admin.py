from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from outbox.actions import send_again
from outbox.models import Delivery, Recipient


def masked(address: str) -> str:
    """Enough to recognise an address one knows, too little to learn one: a…@e…"""
    name, _at, host = address.partition("@")
    return f"{name[:1]}…@{host[:1]}…" if host else "—"


class ReadOnlyAdmin(admin.ModelAdmin):
    """For tables that only the rooms' own verbs may change."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Recipient)
class RecipientAdmin(ReadOnlyAdmin):
    """Found by the whole address only: the search compares keyed hashes."""

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
    actions = ["lift_suspension"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return (queryset.with_address(search_term) if search_term else queryset), False  # type: ignore[attr-defined]

    @admin.display(description="address")
    def masked_address(self, recipient: Recipient) -> str:
        return masked(recipient.address)

    def has_lift_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("outbox.change_recipient")

    @admin.action(description="Write to these addresses again", permissions=["lift"])
    def lift_suspension(self, request: HttpRequest, queryset: QuerySet[Recipient]) -> None:
        self.message_user(request, f"{queryset.update(suspended_at=None)} addresses are written to again.")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = [
        "pk",
        "letter",
        "state",
        "reason",
        "priority",
        "not_before",
        "useful_until",
        "attempts",
        "finished_at",
    ]
    list_filter = ["state", "letter", "priority"]
    raw_id_fields = ["recipient"]
    ordering = ["-pk"]
    show_full_result_count = False
    actions = ["send_again"]

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("outbox.change_delivery")

    @admin.action(description="Send again (failed or quarantined ones)", permissions=["resend"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        self.message_user(request, f"{send_again(queryset)} mails are queued again.")
