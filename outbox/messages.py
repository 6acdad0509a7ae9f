"""From a letter to the bytes that are handed to the mail server: seven bits whatever the language, so that no server on
the way has to convert the mail and break its signature. Put together by hand: the email package of Python takes longer
for it than the mail server for the mail."""

import functools
import re
from binascii import b2a_qp
from dataclasses import dataclass
from email.encoders import encode_base64
from email.header import Header
from email.mime.base import MIMEBase
from email.utils import formatdate, parseaddr

from django.conf import settings
from django.core.mail.message import sanitize_address

from outbox.letters import Attachment, Letter, Own, Pieced
from outbox.models import Delivery
from outbox.rendering import one_line
from outbox.return_path import return_path

_PLAIN_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+", re.ASCII)
# Cannot stand in what is encoded: there "=" is followed by two digits or the end of a line.
_ALTERNATIVES, _PARTS = "=_alternatives", "=_parts"


@dataclass(frozen=True)
class Message:
    """A mail with its envelope; lines end with CRLF."""

    sender: str
    recipient: str
    content: bytes


def message_of(delivery: Delivery, letter: Letter) -> Message:
    """One recipient, a stable Message-ID, marked as automatic (RFC 3834)."""
    (name_and_sender, sender) = _sender(settings.DEFAULT_FROM_EMAIL)
    recipient = _recipient(one_line(delivery.recipient.address))
    headers = {
        "MIME-Version": "1.0",
        "Subject": _header(one_line(letter.subject)),
        "From": name_and_sender,
        "To": recipient,
        "Date": formatdate(),
        "Message-ID": delivery.message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        **{name: _header(one_line(value)) for name, value in letter.headers.items()},
    }
    top = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("ascii")
    return_to = return_path(delivery.pk) if settings.BOUNCES_ADDRESS else sender
    return Message(return_to, recipient, top + _body(letter))


def _body(letter: Letter) -> bytes:
    texts = [_text("plain", letter.text), _text("html", letter.html)]
    if letter.calendar:
        texts.append(_text(f"calendar; method={letter.calendar.method}", letter.calendar.text))
    body = _multipart("alternative", _ALTERNATIVES, texts)
    return _multipart("mixed", _PARTS, [body, *map(_attached, letter.attachments)]) if letter.attachments else body


def _multipart(kind: str, boundary: str, parts: list[bytes]) -> bytes:
    top = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    line = f"--{boundary}\r\n".encode()
    return top + b"".join(line + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()


def _text(kind: str, text: str) -> bytes:
    top = f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    pieces = text.pieces if isinstance(text, Pieced) else (Own(text),)
    return top.encode() + b"".join(_quoted(piece) if isinstance(piece, Own) else _kept(piece) for piece in pieces)


def _quoted(piece: str) -> bytes:
    lines = piece.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return b"".join(b2a_qp(f"{line}\r\n".encode()) for line in lines).removesuffix(b"\r\n")


# The mails of one protest have all their lines in common but those with a link.
_kept = functools.lru_cache(maxsize=1000)(_quoted)


@functools.lru_cache(maxsize=100)
def _attached(attachment: Attachment) -> bytes:
    main, _slash, sub = attachment.mimetype.partition("/")
    part = MIMEBase(main, sub)
    del part["MIME-Version"]
    part.set_payload(attachment.content)
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=attachment.filename)
    return part.as_bytes().replace(b"\n", b"\r\n")


@functools.lru_cache(maxsize=1000)
def _header(value: str) -> str:
    """A header's value in ASCII (RFC 2047)."""
    return value if value.isascii() else Header(value, "utf-8").encode(linesep="\r\n")


@functools.cache
def _sender(address: str) -> tuple[str, str]:
    """For the header and for the envelope."""
    return sanitize_address(address, "utf-8"), parseaddr(address)[1]


def _recipient(address: str) -> str:
    """Raises ValueError for what is none."""
    return address if _PLAIN_ADDRESS.fullmatch(address) else sanitize_address(address, "utf-8")
