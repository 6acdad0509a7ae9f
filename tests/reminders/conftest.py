import re
from collections.abc import Callable
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from outbox import backends, sender


@dataclass(frozen=True)
class Mail:
    """A mail as its reader finds it."""

    message: EmailMessage

    @property
    def to(self) -> str:
        return str(self.message["To"])

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain",))
        assert body is not None
        return str(body.get_content())

    @property
    def html(self) -> str:
        body = self.message.get_body(("html",))
        assert body is not None
        return str(body.get_content())

    def link(self, part: str) -> str:
        """The path of the first link in the text that holds *part*."""
        found = re.search(rf"https?://[^/\s]+(/\S*{part}\S*)", self.text)
        assert found, self.text
        return found.group(1)


@pytest.fixture
def delivered(settings: Settings, tmp_path: Path) -> Callable[[], list[Mail]]:
    """Send what is due and give all mails that landed, the oldest first."""
    settings.EMAIL_BACKEND = "outbox.backends.MaildirBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    seen: dict[str, Mail] = {}

    def deliver() -> list[Mail]:
        sender.send_due()
        folder = backends.local_mailbox()
        for key in sorted(folder.keys()):
            if key not in seen:
                raw = folder.get_bytes(key)
                seen[key] = Mail(BytesParser(EmailMessage, policy=policy.default).parsebytes(raw))
        return list(seen.values())

    return deliver


@pytest.fixture
def strict_client() -> Client:
    """A browser whose forms carry their CSRF token, as real ones do."""
    return Client(enforce_csrf_checks=True)
