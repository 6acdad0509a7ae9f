"""What a mail to the return path says: delivery reports (RFC 3464) and complaints (RFC 5965), and nothing else."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from enum import Enum
from itertools import islice
from typing import TypeGuard

# A report begins with its own words and says what is the matter right after them; only what it quotes is long.
MOST_BYTES = 64_000
MOST_PARTS = 50
# Each inner part needs a boundary of its own, and a mail that is quoted a few: hundreds are a bomb.
MOST_BOUNDARIES = 30
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
# What a mailbox provider's "this is spam" is called. Others ("not-spam", "auth-failure") say nothing of the reader.
_UNWANTED = {"abuse", "fraud", "opt-out"}


class Kind(Enum):
    BOUNCE = "bounce"
    COMPLAINT = "complaint"


@dataclass(frozen=True)
class Report:
    kind: Kind
    # The enhanced status (RFC 3463) of a bounce.
    status: str = ""


def read(mail: bytes) -> Report | None:
    """None for everything that is no report of a mail given up, nor a complaint."""
    mail = mail[:MOST_BYTES]
    if mail.lower().count(b"boundary") > MOST_BOUNDARIES:
        return None
    try:
        parts = list(islice(message_from_bytes(mail, policy=policy.compat32).walk(), MOST_PARTS))
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        # The parser's own ways to fail on what is no mail.
        return None
    for part in parts:
        report = _of(part)
        if report:
            return report
    return None


def _of(part: Message) -> Report | None:
    fields = part.get_payload()
    if not isinstance(fields, list):
        return None
    kind = part.get_content_type()
    for block in filter(_is_message, fields):
        if kind == "message/delivery-status" and _field(block, "Action").lower() == "failed":
            status = _status(block)
            return Report(Kind.BOUNCE, status) if status else None
        if kind == "message/feedback-report" and _field(block, "Feedback-Type").lower() in _UNWANTED:
            return Report(Kind.COMPLAINT)
    return None


def _is_message(field: object) -> TypeGuard[Message]:
    return isinstance(field, Message)


def _status(block: Message) -> str:
    """Of a status that says only "failed" (5.0.0) the server's own words often say more."""
    found = _STATUS.search(_field(block, "Status"))
    if found is None or found[1].startswith("2"):
        return ""
    closer = _STATUS.search(_field(block, "Diagnostic-Code")) if found[1].endswith(".0.0") else None
    return closer[1] if closer and not closer[1].startswith("2") else found[1]


def _field(block: Message, name: str) -> str:
    return str(block.get(name, "")).strip()[:500]
