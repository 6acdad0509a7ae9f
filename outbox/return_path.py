"""Where a mail that cannot be delivered comes back to: one address for each, by which nobody is named.

`bounces+<token>@host`: the token is the sealed number of the delivery. It tells nothing, and who has not seen the mail
cannot make one, so no stranger can have an address suspended by writing a bounce.
"""

import base64
import re

from django.conf import settings

from outbox.sealing import CannotOpen, seal_number, unseal_number

_PURPOSE = "return path"
# 24 bytes in base32: letters and figures alone, whose case does not matter.
_TOKEN = re.compile(rb"\+([a-z2-7]{39})@", re.IGNORECASE)
MOST_TOKENS = 20


def return_path(delivery: int) -> str:
    name, _at, host = settings.BOUNCES_ADDRESS.partition("@")
    token = base64.b32encode(seal_number(delivery, purpose=_PURPOSE)).decode().rstrip("=").lower()
    return f"{name}+{token}@{host}"


def delivery_named_in(mail: bytes) -> int | None:
    """Which delivery a mail to us, or what it quotes, was sent for; None if it names none of ours."""
    for found in [match[1] for match, _number in zip(_TOKEN.finditer(mail), range(MOST_TOKENS), strict=False)]:
        try:
            return unseal_number(base64.b32decode(found.upper() + b"="), purpose=_PURPOSE)
        except (CannotOpen, ValueError):
            continue
    return None
