"""From templates to a letter, and from a letter to a message for the mail server."""

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from outbox.letters import Letter
from outbox.models import Delivery

# Line breaks of every kind and other control characters: Django refuses some of them when the message is built, and a
# mail that cannot be built would be lost (SECURITY R13).
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b\ufeff\u202a-\u202e\u2066-\u2069]+")


def one_line(text: str) -> str:
    """*text* without line breaks, control characters and direction overrides."""
    return " ".join(_CONTROL.sub(" ", text).split())


def render_letter(
    name: str,
    context: Mapping[str, Any],
    language: str,
    *,
    headers: Mapping[str, str] | None = None,
) -> Letter:
    """The letter of templates/emails/<name>/ in *language*. Context may hold `leave_url` and `manage_url`, which the
    bases show and the headers carry (RFC 2369, RFC 8058)."""
    with translation.override(language):
        everything = {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, "language": language, **context}
        return Letter(
            subject=one_line(render_to_string(f"emails/{name}/subject.txt", everything)),
            text=_tidy(render_to_string(f"emails/{name}/body.txt", everything)),
            html=render_to_string(f"emails/{name}/body.html", everything),
            headers=dict(headers or {}),
        )


def _tidy(text: str) -> str:
    """Plain text with no trailing blanks and at most one empty line in a row."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"


def message_of(delivery: Delivery, letter: Letter) -> EmailMultiAlternatives:
    """The message as it is handed over: one recipient, a stable Message-ID, marked as automatic (RFC 3834)."""
    headers = {
        "Message-ID": delivery.message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        **{name: one_line(value) for name, value in letter.headers.items()},
    }
    message = EmailMultiAlternatives(
        subject=one_line(letter.subject),
        body=letter.text,
        to=[one_line(delivery.recipient.address)],
        headers=headers,
    )
    message.attach_alternative(letter.html, "text/html")
    for attachment in letter.attachments:
        message.attach(attachment.filename, attachment.content, attachment.mimetype)
    return message
