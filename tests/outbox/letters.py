"""A letter for the tests of the post office: its row says how it shall behave."""

import os
import signal

from outbox import actions, letters
from outbox.letters import Letter, Made
from outbox.models import Delivery, Priority


def _unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    return {d.pk: d.ids["unwanted"] for d in deliveries if "unwanted" in d.ids}


def _raise() -> Letter:
    raise ValueError


def _subject(delivery: Delivery) -> str:
    if "counts" in delivery.ids:
        return f"Made when {Delivery.objects.filter(state=Delivery.State.SENT).count()} were sent"
    return str(delivery.ids.get("escaped_subject", f"Mail {delivery.key}"))


def _render(deliveries: list[Delivery]) -> dict[int, Made]:
    texts: dict[int, Made] = {}
    for delivery in deliveries:
        if "kill" in delivery.ids:
            os.kill(os.getpid(), signal.SIGKILL)
        if "raise" in delivery.ids:
            raise ValueError(delivery.recipient.address)
        if "posts a code" in delivery.ids:
            key = f"code {Delivery.objects.count()}"
            actions.post("test asked for", delivery.recipient, key=key, ids={}, priority=Priority.CODE)
        if "raise later" in delivery.ids:
            texts[delivery.pk] = _raise
        elif "nothing" not in delivery.ids:
            subject = _subject(delivery).encode().decode("unicode_escape")
            text = "text\n" * delivery.ids.get("lines", 1)
            texts[delivery.pk] = Letter(subject, text, "<p>text</p>", headers={"X-Extra": subject})
    return texts


letters.register("test", unwanted=_unwanted, render=_render)
letters.register("test asked for", unwanted=_unwanted, render=_render, is_asked_for=True)
