from dataclasses import dataclass, field
from typing import Any

from outbox.models import Recipient


@dataclass(frozen=True)
class Draft:
    """What a delivery of this letter holds; `case` tells several of one letter apart."""

    letter: str
    recipient: Recipient
    ids: dict[str, Any] = field(default_factory=dict)
    case: str = ""

    @property
    def key(self) -> str:
        return f"{self.letter}-{self.case}" if self.case else self.letter
