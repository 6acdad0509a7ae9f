import mailbox
import smtplib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend


class _Conversation(smtplib.SMTP):
    """Knows whether the text of the current mail was on its way: only then may the server have taken it."""

    is_text_on_its_way = False

    def mail(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        self.is_text_on_its_way = False
        return super().mail(*args, **kwargs)

    def data(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        self.is_text_on_its_way = True
        return super().data(*args, **kwargs)


class _TlsConversation(_Conversation, smtplib.SMTP_SSL):
    pass


class SmtpBackend(EmailBackend):
    """Django's own, which also tells how far a mail had come when the connection broke."""

    @property
    def connection_class(self) -> type[_Conversation]:
        return _TlsConversation if self.use_ssl else _Conversation

    @property
    def is_text_on_its_way(self) -> bool:
        return isinstance(self.connection, _Conversation) and self.connection.is_text_on_its_way


def local_mailbox() -> mailbox.Maildir:
    """The folder where mails land in local use; made if it is not there."""
    path = Path(str(settings.EMAIL_FILE_PATH))
    for part in ("cur", "new", "tmp"):
        (path / part).mkdir(parents=True, exist_ok=True)
    return mailbox.Maildir(path)


class MaildirBackend(BaseEmailBackend):
    """Mails become files instead of leaving: for `manage.py up`, never for production."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = local_mailbox()
        for message in email_messages:
            folder.add(message.message().as_bytes())
        return len(email_messages)
