"""/admin/: people, found by their whole address only, and the audit trail, which nobody changes."""

from typing import Any, cast

import allauth.account.admin
import allauth.mfa.admin  # noqa: F401 (both register pages, so that they can be taken out)
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.actions import lift_suspension, log_out_everywhere, record, send_mail_again
from accounts.factors import take_all_factors
from accounts.models import AuditEntry, User
from outbox.admin import DeliveryAdmin, ReadOnlyAdmin, RecipientAdmin
from outbox.masking import masked
from outbox.models import MOST_COPIES, Delivery, Recipient
from outbox.sealing import normal_address

admin.site.site_header = admin.site.site_title = "noborder"
# Their lists show addresses in clear and what second factors are made of.
admin.site.unregister([EmailAddress, Authenticator])


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
    actions = ("log_out", "take_factors")

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
            log_out_everywhere(user, by=cast(User, request.user))
        self.message_user(request, "They are logged out on every device.")

    @admin.action(description="Take all second factors off (they lost everything)", permissions=["change"])
    def take_factors(self, request: HttpRequest, queryset: "QuerySet[User]") -> None:
        for user in queryset:
            take_all_factors(user, by=cast(User, request.user))
        self.message_user(request, "They log in with a mailed code alone and set up a new second factor.")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "verb", "object_type", "object_id", "actor_id", "codes")
    list_filter = ("verb", "object_type")
    search_fields = ("=object_id", "=actor_id")
    ordering = ("-at",)
    show_full_result_count = False


@admin.register(Recipient)
class AuditedRecipientAdmin(RecipientAdmin):
    actions = ("lift_suspension",)

    def has_lift_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("outbox.change_recipient")

    @admin.action(description="Write to these addresses again", permissions=["lift"])
    def lift_suspension(self, request: HttpRequest, queryset: QuerySet[Recipient]) -> None:
        lifted = lift_suspension(queryset, by=cast(User, request.user))
        self.message_user(request, f"{lifted} addresses are written to again.")


@admin.register(Delivery)
class AuditedDeliveryAdmin(DeliveryAdmin):
    actions = ("send_again",)

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("outbox.change_delivery")

    @admin.action(description="Try again (dead letters)", permissions=["resend"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """The others chosen are said to stay as they are: no mail leaves a fourth time."""
        chosen = queryset.count()
        again = send_mail_again(queryset, by=cast(User, request.user))
        self.message_user(request, f"{again} mails are queued again.")
        if again < chosen:
            left = f"{chosen - again} stay as they are: no dead letters, or they may have arrived {MOST_COPIES} times."
            self.message_user(request, left, messages.WARNING)
