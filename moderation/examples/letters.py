"""One row for each letter, or several where one letter says different things."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from moderation.examples import organisers, readers, reviewers
from moderation.examples.drafts import Draft
from moderation.examples.world import World, make_world
from outbox import letters
from outbox.letters import Letter
from outbox.models import Delivery, Priority

_MAKERS: tuple[Callable[[World], Iterator[Draft]], ...] = (
    *readers.MAKERS,
    *organisers.MAKERS,
    *reviewers.MAKERS,
)


@dataclass(frozen=True)
class Example:
    """A letter as it would leave. `key` names it among all examples."""

    key: str
    delivery: Delivery
    letter: Letter


def examples_in(language: str, keys: Collection[str] = ()) -> list[Example]:
    """Every letter in *language*, or those of these keys. Leaves rows: call in a transaction that is rolled back."""
    world = make_world(language)
    drafts = (draft for make in _MAKERS for draft in make(world))
    return [_rendered(world, draft) for draft in drafts if not keys or draft.key in keys]


def _rendered(world: World, draft: Draft) -> Example:
    """Rendered at once: what the next draft does to the same rows does not change it."""
    values: dict[str, Any] = {
        "letter": draft.letter,
        "recipient": draft.recipient,
        "ids": draft.ids,
        "priority": Priority.NOTICE,
        "created_at": world.now,
        # Nobody is to send it.
        "state": Delivery.State.SENT,
        "not_before": world.now,
        "useful_until": world.now + timedelta(days=1),
    }
    delivery = Delivery.objects.create(key=f"example:{draft.key}", **values)
    letter = letters.kind(draft.letter).letters_to([delivery])[delivery.pk]
    return Example(draft.key, delivery, letter)


def missing(examples: list[Example]) -> set[str]:
    """The registered letters of which there is no example."""
    return set(letters.names()) - {example.delivery.letter for example in examples}
