import json
from typing import Any

from outbox.sealing import seal, unseal


class SealedSerializer:
    """Sessions in the database, readable only with the key: allauth keeps the address that asked for a code in them."""

    def dumps(self, session: dict[str, Any]) -> bytes:
        return seal(json.dumps(session), purpose="session").encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(unseal(data.decode(), purpose="session"))
