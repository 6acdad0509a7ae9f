"""What takes longer to make than to look at is made once for several tests."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar

from django.db import transaction
from pytest_django import DjangoDbBlocker

Made = TypeVar("Made")


@contextmanager
def made_once(make: Callable[[], Made], blocker: DjangoDbBlocker) -> Iterator[Made]:
    """In a transaction around those of the tests, each of which rolls back to here. For fixtures of a module or a class
    that has no test with transactions of its own."""
    around = transaction.atomic()
    with blocker.unblock(), ExitStack() as if_it_fails:
        if_it_fails.enter_context(around)
        made = make()
        if_it_fails.pop_all()
    yield made
    with blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)
