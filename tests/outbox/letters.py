"""A letter for the tests of the post office: its row says how it shall behave."""

import os
import signal

from outbox import letters
from outbox.letters import Letter, Made
from outbox.models import Delivery


def _unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    return {d.pk: d.ids["unwanted"] for d in deliveries if "unwanted" in d.ids}


def _raise() -> Letter:
    raise ValueError


def _render(deliveries: list[Delivery]) -> dict[int, Made]:
    texts: dict[int, Made] = {}
    for delivery in deliveries:
        if "kill" in delivery.ids:
            os.kill(os.getpid(), signal.SIGKILL)
        if "raise" in delivery.ids:
            raise ValueError(delivery.recipient.address)
        if "raise later" in delivery.ids:
            texts[delivery.pk] = _raise
        elif "nothing" not in delivery.ids:
            escaped = delivery.ids.get("escaped_subject", f"Mail {delivery.key}")
            subject = escaped.encode().decode("unicode_escape")
            text = "text\n" * delivery.ids.get("lines", 1)
            texts[delivery.pk] = Letter(subject, text, "<p>text</p>", headers={"X-Extra": subject})
    return texts


letters.register("test", unwanted=_unwanted, render=_render)
letters.register("test asked for", unwanted=_unwanted, render=_render, is_asked_for=True)
