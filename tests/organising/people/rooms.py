"""Inviting, roles, handing over, leaving and removing; and that somebody always owns a protest."""

from events.models import Organiser
from organising.tokens import invitation_url

OWNER, CO, HELPER = "owner", "co_organiser", "helper"


def page(event, rest="people/"):
    return f"/organise/{event.public_id}/{rest}"


def path_of(invitation):
    return "/organise/invitations/" + invitation_url(invitation).rstrip("/").rpartition("/")[2] + "/"


def role_of(event, user):
    return Organiser.objects.filter(event=event, user=user).values_list("role", flat=True).first()
