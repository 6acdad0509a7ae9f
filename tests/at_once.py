"""What several people, planners or workers do at the same moment, each on a connection of its own."""

import threading
from typing import Any

from django.db import connection

from events.actions import Refused


def at_once(*acts: Any) -> list[Any]:
    """Run all *acts* in threads that begin together and give what each returned, or how it was refused."""
    barrier = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(number: int, act: Any) -> None:
        barrier.wait()
        try:
            results[number] = act()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive()
    unexpected = [one for one in results if isinstance(one, Exception) and not isinstance(one, Refused)]
    assert unexpected == []
    return results
