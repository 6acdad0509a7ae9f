"""Who may decide on what: coordinators of a country, campaign admins, superusers. Everybody else sees 404."""

from typing import Any

from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from events.models import Coordinator, Event, Revision, SignOn, Thread
from events.models.event import EventQuerySet, RevisionQuerySet
from events.models.sign_on import SignOnQuerySet
from events.models.thread import ThreadQuerySet


def _coordinated_by(user: Any, *, campaign: str, country: str) -> Exists:
    own = Coordinator.objects.filter(user=user, campaign=OuterRef(campaign))
    return Exists(own.filter(Q(country="") | Q(country=OuterRef(country))))


def is_moderator(user: Any) -> bool:
    """Whether there is anything at all that this person decides on."""
    if not (user.is_authenticated and user.is_active):
        return False
    return user.is_superuser or Coordinator.objects.filter(user=user).exists()


def revisions_of(user: User) -> RevisionQuerySet:
    """The submissions that *user* may see and decide on. An edit that moves a protest to another country is in the
    hands of those of the new country."""
    if user.is_superuser:
        return Revision.objects.all()
    return Revision.objects.filter(_coordinated_by(user, campaign="event__campaign", country="country"))


def events_of(user: User) -> EventQuerySet:
    """The protests that *user* may hide and restore."""
    if user.is_superuser:
        return Event.objects.all()
    return Event.objects.filter(_coordinated_by(user, campaign="campaign", country="country"))


def sign_ons_of(user: User) -> SignOnQuerySet:
    """The signatures below an appeal that *user* may publish and refuse."""
    if user.is_superuser:
        return SignOn.objects.all()
    return SignOn.objects.filter(_coordinated_by(user, campaign="campaign", country="country"))


def threads_of(user: User) -> ThreadQuerySet:
    """The letters that *user* may read and answer: those of editions that they look after as a whole."""
    if user.is_superuser:
        return Thread.objects.all()
    return Thread.objects.filter(campaign__in=Coordinator.objects.filter(user=user, country="").values("campaign"))


def countries_of(user: User) -> set[str] | None:
    """The countries that *user* decides on in open editions; None for all of them."""
    if user.is_superuser:
        return None
    countries = set(Coordinator.objects.filter(user=user).values_list("country", flat=True))
    return None if "" in countries else countries


def is_own(event: Event, user: User) -> bool:
    """Whether *user* organises this protest, and so leaves the decision to somebody else."""
    return event.organisers.filter(user=user).exists()
