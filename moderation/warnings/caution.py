"""What a warning is."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise


class Weight(StrEnum):
    """How much a warning matters, the heaviest first."""

    STOP = "stop"
    LOOK = "look"
    NOTE = "note"


@dataclass(frozen=True)
class Caution:
    """One sentence for the top of a submission's page."""

    weight: Weight
    sentence: str | Promise


def stop(sentence: str | Promise) -> Caution:
    return Caution(Weight.STOP, sentence)


def look(sentence: str | Promise) -> Caution:
    return Caution(Weight.LOOK, sentence)


def note(sentence: str | Promise) -> Caution:
    return Caution(Weight.NOTE, sentence)
