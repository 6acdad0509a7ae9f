"""Signed links in mails. Nothing of them is stored: the signature names a row, and works while that row lives.

Each purpose has a salt of its own, so that a link for one thing opens no other.
"""

import functools
from typing import Any

from django.conf import settings
from django.core import signing


class BadToken(Exception):
    """The link was changed, is over, or its row is gone. `is_old` if it was right once."""

    def __init__(self, *, is_old: bool) -> None:
        super().__init__()
        self.is_old = is_old


def make(value: Any, salt: str) -> str:
    """What `signing.dumps` makes, by a signer that is kept: a mail holds three of them."""
    return _signer(salt, settings.SECRET_KEY).sign_object(value)


@functools.cache
def _signer(salt: str, key: str) -> signing.TimestampSigner:
    return signing.TimestampSigner(key=key, salt=salt)


def load(token: str, salt: str, max_age: int | None = None) -> Any:
    """What *token* was made from. Raises BadToken."""
    try:
        return signing.loads(token, salt=salt, max_age=max_age)
    except signing.SignatureExpired as error:
        raise BadToken(is_old=True) from error
    except (signing.BadSignature, ValueError) as error:
        raise BadToken(is_old=False) from error
