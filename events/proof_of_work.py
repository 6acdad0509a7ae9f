"""What makes sending a form cost a machine a second, and people nothing: their browser works it out while they type.

The browser looks for a number that, hashed together with the challenge, gives a hash with enough leading zeros. The
challenge is signed and names the key of its form, so nothing is stored, and one solution is good for one form.
"""

import hashlib
from datetime import timedelta

from django.core import signing

ZERO_BITS = 15
LIFETIME = timedelta(hours=2)
_signer = signing.TimestampSigner(salt="events.proof_of_work")


def challenge_for(key: str) -> str:
    """What the browser has to work on to send the form of this *key*."""
    return _signer.sign(key)


def is_solved(challenge: str, solution: str, *, key: str) -> bool:
    """Whether *solution* shows the work for the form of this *key*."""
    try:
        named = _signer.unsign(challenge, max_age=LIFETIME)
    except signing.BadSignature:
        return False
    return named == key and _leading_zeros(f"{challenge} {solution}") >= ZERO_BITS


def _leading_zeros(text: str) -> int:
    digest = hashlib.sha256(text.encode()).digest()
    return 256 - int.from_bytes(digest).bit_length()
