from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from accounts.actions import mail_code
from accounts.limits import hashed_network
from accounts.models import MailedCode, User
from outbox.sealing import seal, unseal


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """What allauth may do here: log people in and out. Addresses come from mailed codes, and so do accounts."""

    def is_open_for_signup(self, request: Any) -> bool:
        return False

    def get_client_ip(self, request: Any) -> str:
        return hashed_network(request.META)

    def add_message(self, *_args: Any, **_kwargs: Any) -> None:
        """Our pages say themselves what happened."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Post the code that allauth wants to send; the outbox sends it. No other mail of allauth's is wanted."""
        user = User.objects.get(email=email)
        mail_code(user.recipient, purpose=MailedCode.Purpose.LOGIN, language=user.language, code=context["code"])


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth has no types
    """Second factors tell nothing: secrets are sealed in the database, and no app or key learns an address."""

    def encrypt(self, text: str) -> str:
        return seal(text, purpose="second-factor")

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, purpose="second-factor")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": context.request.get_host().partition(":")[0], "name": settings.SITE_NAME}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        return {"id": user.actor_id.bytes, "name": settings.SITE_NAME, "display_name": settings.SITE_NAME}
