"""Collectives: their texts, their members, what they host and what they support."""

from events.models import Organiser

TEXTS = {"name": "Open Kitchen", "about": "We *cook*.", "website": "https://kitchen.example/x", "language": "en"}


def roles(event):
    rows = Organiser.objects.filter(event=event).values_list("user", "role", "collective")
    return {user: (role, collective) for user, role, collective in rows}


def page(collective, rest=""):
    return f"/organise/collectives/{collective.public_id}/{rest}"


def public(client, one):
    return client.get(f"/en{one.get_absolute_url()[3:]}")
