"""R13: line breaks and control characters in names, titles and addresses make no header and no poison mail."""

from email import message_from_bytes, policy

import pytest
from django.utils import timezone

from events.models import Event
from outbox import letters, sender
from outbox.letters import Letter
from outbox.messages import message_of
from outbox.models import Delivery, Recipient
from tests.factories import EventFactory, RecipientFactory, SubscriptionFactory
from tests.outbox.conftest import RunningSink
from tests.outbox.test_sender import queue

CONTROLS = ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\x00", "\u202e"]
EVIL = "Bcc: evil@example.org"


def headers_of(letter: Letter, address: str = "anna@example.org") -> list[str]:
    """Their names, as a parser finds them that is not ours."""
    delivery = Delivery(pk=1, recipient=Recipient(address=address), key="k")
    message = message_from_bytes(message_of(delivery, letter).content, policy=policy.default)
    assert message.defects == []
    return message.keys()


@pytest.mark.parametrize("control", CONTROLS)
def test_a_message_has_the_headers_that_it_would_have_with_clean_text(control: str) -> None:
    clean = headers_of(Letter("March", "We walk.", "<p>We walk.</p>", headers={"List-Id": "March"}))
    for spot in (f"March{control}{EVIL}", f"{control}{control}{EVIL}", f"Марш{control}{EVIL}{control}"):
        letter = Letter(spot, f"We{control}walk.", f"<p>We{control}walk.</p>", headers={"List-Id": spot})
        assert headers_of(letter) == clean


@pytest.mark.parametrize("control", CONTROLS)
def test_an_address_is_no_way_into_the_headers(control: str) -> None:
    clean = headers_of(Letter("March", "We walk.", ""))
    try:
        found = headers_of(Letter("March", "We walk.", ""), f"anna@example.org{control}{EVIL}")
    except ValueError:
        return
    assert found == clean


@pytest.mark.django_db
@pytest.mark.parametrize("control", CONTROLS)
def test_a_reminder_of_a_protest_with_such_a_title_can_be_built(control: str) -> None:
    title = f"March{control}{EVIL}".replace("\x00", "\x01")
    event = EventFactory.create()
    Event.objects.filter(pk=event.pk).update(title=title, venue=title)
    anna = RecipientFactory.create()
    SubscriptionFactory.create(recipient=anna, event=event)
    ids = {"event": event.pk, "moment": "day", "day": event.day.isoformat()}
    delivery = Delivery(pk=1, recipient=anna, key="k", letter="reminder", ids=ids, created_at=timezone.now())

    letter = letters.kind("reminder").letters_to([delivery])[1]

    assert "Bcc" not in headers_of(letter)
    assert EVIL in letter.subject


@pytest.mark.django_db(transaction=True)
def test_all_of_them_are_sent(sink: RunningSink) -> None:
    for control in CONTROLS:
        queue(key=repr(control), escaped_subject=f"March{control}{EVIL}".encode("unicode_escape").decode())

    assert sender.send_due() == len(CONTROLS)
    assert sink.subjects == [f"March {EVIL}"] * len(CONTROLS)
