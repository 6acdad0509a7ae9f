from typing import Any

from allauth.account.adapter import DefaultAccountAdapter

from accounts.actions import mail_code
from accounts.limits import hashed_network
from accounts.models import MailedCode, User


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
