import mailbox
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


def local_mailbox() -> mailbox.Maildir:
    """The folder where mails land in local use; made if it is not there."""
    path = Path(settings.EMAIL_FILE_PATH)
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
