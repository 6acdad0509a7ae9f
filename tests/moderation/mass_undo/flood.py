"""One account and what it did: who may look, what is taken back at one press, and what is said of the rest."""

import datetime as dt

from events.models import Event, Trust
from tests.factories import WEEKS_BEFORE, CampaignFactory, EventFactory, OrganiserFactory, RevisionFactory, UserFactory

HOUR = dt.timedelta(hours=1)
MINUTES = dt.timedelta(minutes=3)
WHY = "They are not who they said."


def path_of(account):
    return f"/moderation/accounts/{account.actor_id}/"


def submission(author=None, **values):
    event = EventFactory(state=Event.State.SUBMITTED, **values)
    revision = RevisionFactory(event=event, author=author or UserFactory(), **values)
    OrganiserFactory(event=revision.event, user=revision.author)
    return revision


def public(*organisers, **values):
    event = EventFactory(**values)
    for user in organisers:
        OrganiserFactory(event=event, user=user)
    return event


def trust(user, *, by, country="PL"):
    campaign = CampaignFactory()
    return Trust.objects.create(user=user, campaign=campaign, country=country, since=WEEKS_BEFORE, actor_id=by.actor_id)


def states(model):
    return dict(model.objects.values_list("title", "state"))
