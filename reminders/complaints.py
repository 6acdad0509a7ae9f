"""What ends when a reader tells their mail provider that a mail of ours is unwanted."""

from django.db.models import QuerySet

from events.models import EventChange
from outbox.models import Delivery
from reminders.actions import leave
from reminders.models import Subscription

Scope = Subscription.Scope


def leave_what_brought(delivery: Delivery) -> bool:
    """End the subscriptions behind this mail; false if there are none any more."""
    subscriptions = list(_behind(delivery))
    leave(subscriptions)
    return bool(subscriptions)


def _behind(delivery: Delivery) -> QuerySet[Subscription]:
    """Those to its protest; of a mail that tells of several, those to places and campaigns."""
    ids, ours = delivery.ids, Subscription.objects.of(delivery.recipient)
    if "campaign" in ids:
        return ours.filter(campaign=ids["campaign"]).exclude(scope=Scope.EVENT)
    if "event" in ids:
        return ours.filter(event=ids["event"])
    change = EventChange.objects.select_related("event").filter(pk=ids["change"]).first()
    if change is None:
        return ours.none()
    direct = ours.filter(event=change.event)
    return direct if direct.exists() else ours.filter(campaign=change.event.campaign_id, scope=Scope.CITY)
