"""A visitor writes to those who run a protest: who reads it, how it is answered, and how abuse is kept out."""

import uuid

from django.conf import settings
from django.test import Client

from events import contact, tokens
from events.models import Thread
from outbox.models import Delivery
from tests.guards import guards

ADDRESS, OWNER = "visitor@example.org", "owner@example.org"


def form_of(event):
    return f"{event.get_absolute_url()}contact/"


def answers(**changes):
    typed = {"message": "Where do we meet?", "email": ADDRESS, "language": "en", "day": "2027-10-11"}
    return typed | {**guards(), **changes}


def write(event, **changes):
    return Client().post(form_of(event), answers(**changes))


def letter(event, text="Where do we meet?", address=ADDRESS, key=None):
    """A letter that has got through."""
    key = key or uuid.uuid4()
    contact.write(key, text, address, language="en", event=event)
    return Thread.objects.get(key=key)


def rooms_of(event):
    return f"/organise/{event.public_id}/letters/"


def page_of(thread):
    return tokens.thread_url(thread).removeprefix(settings.SITE_URL)


def newest(thread):
    return thread.messages.order_by("-pk").values_list("pk", flat=True).first()


def answer(client, thread, text="At the fountain.", **values):
    form = {"message": text, "key": str(uuid.uuid4()), "seen": newest(thread), **values}
    return client.post(f"{rooms_of(thread.event)}{thread.pk}/", form)


def press(client, thread, do):
    return client.post(f"{rooms_of(thread.event)}{thread.pk}/", {"do": do})


def notices():
    return Delivery.objects.filter(letter="letters_to_organisers")
