"""Who may decide on what: coordinators of a country, campaign admins, superusers. Everybody else sees 404."""

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from events.models import AfterReport, Campaign, Coordinator, Decision, Event, Revision, SignOn, Thread, Trust
from events.models.after_report import AfterReportQuerySet
from events.models.campaign import CampaignQuerySet
from events.models.event import EventQuerySet, RevisionQuerySet
from events.models.people import CoordinatorQuerySet
from events.models.sign_on import SignOnQuerySet
from events.models.thread import ThreadQuerySet
from organising.models import Announcement
from organising.models.announcement import AnnouncementQuerySet


def roles_of(user: Any) -> CoordinatorQuerySet:
    """The rows from which *user* has rights today: their own, and those of whom they cover for on holiday."""
    today = timezone.now().date()
    covered = Q(cover=user, away_from__lte=today, away_until__gte=today)
    return Coordinator.objects.filter(Q(user=user) | covered)


def _coordinated_by(user: Any, *, campaign: str, country: str, language: str = "") -> Exists:
    theirs = roles_of(user).filter(Q(country="") | Q(country=OuterRef(country)), campaign=OuterRef(campaign))
    if language:
        theirs = theirs.annotate(text=OuterRef(language)).filter(Q(languages=[]) | Q(languages__contains=[F("text")]))
    return Exists(theirs)


def is_moderator(user: Any) -> bool:
    """Whether there is anything at all that this person decides on."""
    if not (user.is_authenticated and user.is_active):
        return False
    return user.is_superuser or roles_of(user).exists()


def revisions_of(user: User) -> RevisionQuerySet:
    """The submissions that *user* may see and decide on. An edit that moves a protest to another country is in the
    hands of those of the new country."""
    if user.is_superuser:
        return Revision.objects.all()
    return Revision.objects.filter(
        _coordinated_by(user, campaign="event__campaign", country="country", language="language")
    )


def readable_revisions_of(user: User) -> RevisionQuerySet:
    """Those of them that *user* may open: what was decided shows the protest as it is now, which may be another
    country's."""
    return revisions_of(user).filter(Q(state__in=Revision.State.unfinished()) | Q(event__in=events_of(user)))


def events_of(user: User) -> EventQuerySet:
    """The protests that *user* may hide and restore."""
    if user.is_superuser:
        return Event.objects.all()
    return Event.objects.filter(_coordinated_by(user, campaign="campaign", country="country", language="language"))


def conversations_of(user: User) -> EventQuerySet:
    """The protests to whose organisers *user* may write: those they decide on, as they are or as an open version has
    them."""
    submitted = revisions_of(user).open()
    return Event.objects.filter(Q(pk__in=events_of(user).values("pk")) | Q(pk__in=submitted.values("event")))


def after_reports_of(user: User) -> AfterReportQuerySet:
    """The reports on protests that *user* may publish, refuse and take down: those on protests they decide about."""
    return AfterReport.objects.filter(event__in=events_of(user))


def decisions_of(user: User) -> "QuerySet[Decision]":
    """The decisions, by anybody, on what *user* decides on."""
    if user.is_superuser:
        return Decision.objects.all()
    on_revision = Exists(revisions_of(user).filter(pk=OuterRef("revision")))
    on_event = Exists(events_of(user).filter(pk=OuterRef("event")))
    # What was decided on a version that would bring a protest here; not what was decided on the protest elsewhere.
    on_version = Q(verb__in=Decision.ON_VERSION) | Q(undoes__verb__in=Decision.ON_VERSION)
    return Decision.objects.filter((on_revision & (on_version | Q(event__published_at=None))) | on_event)


def announcements_of(user: User) -> AnnouncementQuerySet:
    """What organisers want to tell followers of the protests that *user* decides on."""
    return Announcement.objects.filter(event__in=events_of(user))


def sign_ons_of(user: User) -> SignOnQuerySet:
    """The signatures below an appeal that *user* may publish and refuse: those of a country whose texts they read in
    all languages."""
    if user.is_superuser:
        return SignOn.objects.all()
    return SignOn.objects.filter(_coordinated_by(user, campaign="campaign", country="country"))


def trust_of(user: User) -> "QuerySet[Trust]":
    """The trust in organisers that *user* may take back: that of the countries they decide on."""
    if user.is_superuser:
        return Trust.objects.all()
    return Trust.objects.filter(_coordinated_by(user, campaign="campaign", country="country"))


def campaigns_run_by(user: User) -> CampaignQuerySet:
    """The editions whose people *user* appoints, whose decisions they export and whose letters they answer."""
    if user.is_superuser:
        return Campaign.objects.all()
    return Campaign.objects.filter(pk__in=roles_of(user).admins().values("campaign"))


def campaigns_of(user: User) -> CampaignQuerySet:
    """The editions in which *user* decides on anything."""
    if user.is_superuser:
        return Campaign.objects.all()
    return Campaign.objects.filter(pk__in=roles_of(user).values("campaign"))


def threads_of(user: User) -> ThreadQuerySet:
    """The letters that *user* may read and answer: those to the campaign, of editions that they run. Letters to a
    protest are between its organisers and who wrote."""
    threads = Thread.objects.to_campaign()
    return threads if user.is_superuser else threads.filter(campaign__in=campaigns_run_by(user))


def reported_threads_of(user: User) -> ThreadQuerySet:
    """The letters to protests that *user* may read, since their organisers have shown them to the moderators."""
    return Thread.objects.reported().filter(event__in=events_of(user))


def countries_of(user: User, campaign: Campaign) -> set[str] | None:
    """The countries of *campaign* that *user* decides on; None for all of them."""
    if user.is_superuser:
        return None
    countries = set(roles_of(user).filter(campaign=campaign).values_list("country", flat=True))
    return None if "" in countries else countries


def card_countries_of(user: User) -> set[str] | None:
    """The countries whose rules and rights cards *user* writes: those they decide on in an edition that is not
    archived; None for all of them."""
    if user.is_superuser:
        return None
    living = roles_of(user).exclude(campaign__state=Campaign.State.ARCHIVED)
    countries = set(living.values_list("country", flat=True))
    return None if "" in countries else countries


def is_own(event: Event, user: User) -> bool:
    """Whether *user* organises this protest, and so leaves the decision to somebody else."""
    return event.organisers.filter(user=user).exists()
