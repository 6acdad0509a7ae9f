"""From templates to a letter, and from a letter to a message for the mail server."""

import re
from collections.abc import Mapping
from email.charset import QP, Charset
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context, Engine
from django.utils import translation

from outbox.letters import Letter
from outbox.models import Delivery

# Line breaks of every kind and other control characters: Django refuses some of them when the message is built, and a
# mail that cannot be built would be lost (SECURITY R13).
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b\ufeff\u202a-\u202e\u2066-\u2069]+")

# Seven bits whatever the language, so that no server on the way has to convert the mail and break its signature.
_SEVEN_BITS = Charset("utf-8")
_SEVEN_BITS.body_encoding = QP


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
    """The letter of templates/emails/<name>/ in *language*. The bases show `manage_url` and `leave_url` if the context
    holds them; headers such as List-Unsubscribe are the caller's."""
    everything = {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, "language": language, **context}
    with translation.override(language):
        return Letter(
            subject=one_line(_render(f"emails/{name}/subject.txt", everything)),
            text=_tidy(_render(f"emails/{name}/body.txt", everything)),
            html=_render(f"emails/{name}/body.html", everything),
            headers=dict(headers or {}),
        )


def _render(template: str, context: dict[str, Any]) -> str:
    """Only HTML is escaped: a plain text says "&", not "&amp;"."""
    is_html = template.endswith(".html")
    return Engine.get_default().get_template(template).render(Context(context, autoescape=is_html))


def _tidy(text: str) -> str:
    """Plain text with at most one empty line in a row and no trailing blanks, but for the mark of a signature."""
    lines = "\n".join(line if line == "-- " else line.rstrip() for line in text.splitlines())
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
    message.encoding = _SEVEN_BITS
    message.attach_alternative(letter.html, "text/html")
    for attachment in letter.attachments:
        message.attach(attachment.filename, attachment.content, attachment.mimetype)
    return message
