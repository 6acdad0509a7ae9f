"""Protests that were published long ago, who follows them, and what is planned for them."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from events.models import Event
from outbox.models import Delivery
from reminders.models import Subscription
from reminders.planning import plan
from tests.factories import FIRST_DAY, CampaignFactory, EventFactory, RecipientFactory, SubscriptionFactory
from tests.reminders.wall import plan_of

LONG_BEFORE = datetime(2027, 1, 15, 12, tzinfo=UTC)
WARSAW = ZoneInfo("Europe/Warsaw")


def protest(day=FIRST_DAY, start=time(14), zone="Europe/Warsaw", **values):
    """A protest that was published long ago."""
    values = {"created_at": LONG_BEFORE, "start_time": start, "end_time": None, "day": day, "timezone": zone, **values}
    return EventFactory(**values)


def follower(event=None, confirmed_at=LONG_BEFORE, **values):
    if event is not None:
        values["event"] = event
    return SubscriptionFactory(created_at=confirmed_at, confirmed_at=confirmed_at, **values)


def follower_of(scope, recipient=None, confirmed_at=LONG_BEFORE, **values):
    """A follower of a city, a country or the campaign of 2027."""
    return Subscription.objects.create(
        recipient=recipient or RecipientFactory(),
        campaign=CampaignFactory(),
        scope=scope,
        created_at=confirmed_at,
        confirmed_at=confirmed_at,
        **values,
    )


def at(text, zone=WARSAW):
    """“10-11 09:00” of 2027 on the clocks of *zone*."""
    return datetime.strptime(f"2027-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=zone)


def set_state(event, state):
    Event.objects.filter(pk=event.pk).update(state=state)


def planned(letter="reminder"):
    """What lies in the outbox: (moment, not before)."""
    rows = Delivery.objects.filter(letter=letter).order_by("not_before", "pk")
    return [(row.ids["moment"], row.not_before) for row in rows]


def keys():
    return sorted(Delivery.objects.values_list("key", flat=True))


def plan_through(event, *, until=None):
    """Run the planner like beat does, but only just before each moment is due."""
    for due in sorted(plan_of(event).values()):
        plan(due - timedelta(minutes=7))
    if until:
        plan(until)
