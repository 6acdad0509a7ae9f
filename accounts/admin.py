"""/admin/: people, found by their whole address only, and the audit trail, which nobody changes."""

from typing import Any, cast

import allauth.account.admin  # noqa: F401 (registers its pages, so that they can be taken out)
from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.actions import log_out_everywhere, record
from accounts.models import AuditEntry, User
from outbox.admin import ReadOnlyAdmin, masked
from outbox.sealing import normal_address

admin.site.site_header = admin.site.site_title = "noborder"
# Its lists show addresses in clear.
admin.site.unregister(EmailAddress)


class NewUserForm(forms.ModelForm):
    """A person by address; they log in with a mailed code."""

    address = forms.EmailField(label="e-mail address", help_text="Is not shown again once saved.")

    class Meta:
        model = User
        fields = ("language", "is_staff", "is_superuser")

    def clean_address(self) -> str:
        address = normal_address(self.cleaned_data["address"])
        if User.objects.filter(email=address).exists():
            raise forms.ValidationError("This person has an account already.")
        return address

    def save(self, commit: bool = True) -> User:
        rights = {name: self.cleaned_data[name] for name in self.Meta.fields}
        return User.objects.create_user(self.cleaned_data["address"], **rights)

    def save_m2m(self) -> None:
        """Nothing: a new person has no groups."""


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """People are blocked, not deleted: their protests and decisions stay whole."""

    list_display = ("pk", "masked_address", "language", "is_staff", "is_superuser", "is_active", "last_login")
    list_filter = ("is_staff", "is_superuser", "is_active", "language")
    search_fields = ("email",)
    search_help_text = "The whole address"
    show_full_result_count = False
    fields = ("masked_address", "language", "is_staff", "is_superuser", "groups", "is_active", "last_login")
    readonly_fields = ("masked_address", "last_login")
    filter_horizontal = ("groups",)
    actions = ("log_out",)

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[User]", search_term: str
    ) -> tuple["QuerySet[User]", bool]:
        return (queryset.filter(email=normal_address(search_term)) if search_term else queryset), False

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **kwargs) if obj else NewUserForm

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        return self.fields if obj else ("address", "language", "is_staff", "is_superuser")

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        record(
            "account changed by an admin" if change else "account made by an admin",
            by=cast(User, request.user),
            on=obj,
            fields=sorted(set(form.changed_data) - {"address"}),
        )

    @admin.display(description="address")
    def masked_address(self, user: User) -> str:
        return masked(user.email)

    @admin.action(description="Log out everywhere", permissions=["change"])
    def log_out(self, request: HttpRequest, queryset: "QuerySet[User]") -> None:
        for user in queryset:
            log_out_everywhere(user)
        self.message_user(request, "They are logged out on every device.")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "verb", "object_type", "object_id", "actor_id", "codes")
    list_filter = ("verb", "object_type")
    search_fields = ("=object_id", "=actor_id")
    ordering = ("-at",)
    show_full_result_count = False
