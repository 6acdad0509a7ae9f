"""Protests and the versions of them that people propose."""

import secrets
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from events.folding import in_text, romanise, slug_of
from events.models.campaign import Campaign, CampaignCountry
from events.models.details import EventDetails
from events.models.gazetteer import City

# No vowels and no look-alikes, so that an id spells no word and can be read aloud.
_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
# Fewer decisions than these say nothing of how long moderators usually take.
FEWEST_TO_TELL = 5


def _index_of_list(name: str, *fields: str) -> models.Index:
    """An index of the protests that the public may see, within *fields* in the order of a timetable."""
    order = F("day"), F("start_time").asc(nulls_first=True), F("id")
    return models.Index(*map(F, fields), *order, name=name, condition=Q(state__in=["published", "cancelled"]))


def new_public_id() -> str:
    """Eight characters, about 38 bits: not to be guessed, short enough to type."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(8))


class EventQuerySet(models.QuerySet["Event"]):
    def visible(self) -> Self:
        """Whatever the public may see: published, and cancelled with its banner."""
        return self.filter(state__in=[Event.State.PUBLISHED, Event.State.CANCELLED]).exclude(
            campaign__state=Campaign.State.DRAFT
        )

    def taking_place(self) -> Self:
        return self.filter(state=Event.State.PUBLISHED)

    def in_campaign(self, campaign: Campaign) -> Self:
        return self.filter(campaign=campaign)

    def in_country(self, country: str) -> Self:
        return self.filter(country=country)

    def in_city(self, city: City) -> Self:
        return self.filter(city=city)

    def on_day(self, day: date) -> Self:
        return self.filter(day=day)

    def matching(self, text: str) -> Self:
        """Those whose public text holds every word of *text*, in any accent, case and script."""
        found = self
        for word in romanise(text).split()[:8]:
            found = found.filter(search_text__contains=in_text(word))
        return found

    def upcoming(self, now: datetime) -> Self:
        """Not over yet: still to end or, without an hour, on a day that is not past on the spot."""
        # The day follows from the hour of its end, in any zone; said, it spares reading the days that are past.
        return self.filter(over_at__gt=now, day__gte=now.date() - timedelta(days=2))

    def in_order(self) -> Self:
        """As on a timetable: by day and hour, those without an hour first."""
        return self.order_by("day", F("start_time").asc(nulls_first=True), "pk")

    def counted(self) -> Self:
        """Those of whose followers it is asked and told how many come: not in countries where that is off."""
        silent = CampaignCountry.objects.filter(
            campaign=OuterRef("campaign"), country=OuterRef("country"), shows_counts=False
        )
        return self.exclude(Exists(silent))

    def organised_by(self, user: Any) -> Self:
        """Those that *user* has to do with, as a helper too."""
        return self.filter(organisers__user=user)

    def run_by(self, user: Any) -> Self:
        """Those that *user* changes, calls off and speaks for."""
        return self.filter(organisers__user=user, organisers__role__in=["owner", "co_organiser"])


class Event(EventDetails):
    """One local protest. Its public details are only ever written by approving a Revision."""

    class State(models.TextChoices):
        SUBMITTED = "submitted"
        # Approved, and public by itself at `publish_at`.
        SCHEDULED = "scheduled"
        PUBLISHED = "published"
        CANCELLED = "cancelled"
        HIDDEN = "hidden"
        WITHDRAWN = "withdrawn"

    MOVES: ClassVar[dict[str, set[str]]] = {
        State.SUBMITTED: {State.PUBLISHED, State.SCHEDULED, State.WITHDRAWN},
        State.SCHEDULED: {State.PUBLISHED, State.WITHDRAWN, State.SUBMITTED},
        # Back to the queue only while nobody has been told of it (moderation/actions.py).
        State.PUBLISHED: {State.CANCELLED, State.HIDDEN, State.SUBMITTED},
        State.CANCELLED: {State.PUBLISHED, State.HIDDEN},
        State.HIDDEN: {State.PUBLISHED, State.CANCELLED},
        State.WITHDRAWN: set(),
    }

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="events")
    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.SUBMITTED)
    slug = models.SlugField(max_length=60)
    # Written by `set_search_text`: all public texts, and of these the short ones in which typing errors are forgiven.
    search_text = models.TextField(blank=True, editable=False)
    search_title = models.TextField(blank=True, editable=False)
    over_at = models.GeneratedField(
        expression=models.Func(
            template=(
                "CASE WHEN end_time IS NOT NULL THEN (day + end_time) AT TIME ZONE timezone "
                "WHEN start_time IS NOT NULL THEN (day + start_time + interval '3 hours') AT TIME ZONE timezone "
                "ELSE (day + 1)::timestamp AT TIME ZONE timezone END"
            ),
            output_field=models.DateTimeField(),
        ),
        output_field=models.DateTimeField(),
        db_persist=True,
    )
    is_example = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    # From when its organisers want it public; nothing once it is. Theirs to move, so no version holds it.
    publish_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    # Since when the day, hour and zone are what they are now: reminders due before that were told by a notice.
    time_set_at = models.DateTimeField(null=True, blank=True)
    place_disclosed_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    # Counts every public change; calendars take it as SEQUENCE.
    sequence = models.PositiveIntegerField(default=0)
    cancel_reason = models.CharField(max_length=300, blank=True)
    # The group whose members organise it (organising/hosting.py).
    host = models.ForeignKey("Collective", on_delete=models.SET_NULL, null=True, blank=True, related_name="hosted")
    # The other entry of the same protest; only while this one is hidden.
    merged_into = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="merged")
    # When organisers last said that it takes place as planned, and since when its page says that they have not.
    confirmed_at = models.DateTimeField(null=True, blank=True)
    unconfirmed_at = models.DateTimeField(null=True, blank=True)
    # Free places in its shifts, kept by the room above; the public is told that there are some.
    helpers_wanted = models.PositiveIntegerField(default=0)
    # How many followers say that they come (reminders/coming.py), and what the public is told of it: rounded, and
    # brought up to date once an hour.
    coming_count = models.PositiveIntegerField(default=0, db_default=0)
    coming_shown = models.PositiveIntegerField(default=0, db_default=0)

    objects = EventQuerySet.as_manager()

    class Meta(EventDetails.Meta):
        abstract = False
        constraints = [
            *EventDetails.Meta.constraints,
            models.CheckConstraint(
                name="event_public_once_published",
                condition=Q(state__in=["submitted", "scheduled", "withdrawn"], published_at=None)
                | Q(state__in=["published", "cancelled", "hidden"], published_at__isnull=False),
            ),
            models.CheckConstraint(
                name="event_scheduled_has_an_hour", condition=~Q(state="scheduled", publish_at=None)
            ),
            models.CheckConstraint(name="event_merged_while_hidden", condition=Q(merged_into=None) | Q(state="hidden")),
        ]
        indexes = [
            # Lists in their order (EventQuerySet.in_order), so that a page is read off an index and nothing is sorted.
            _index_of_list("event_list", "campaign"),
            _index_of_list("event_list_country", "campaign", "country"),
            _index_of_list("event_list_city", "city"),
            _index_of_list("event_list_kind", "campaign", "kind"),
            GinIndex(name="event_spoken_languages", fields=["spoken_languages"]),
            models.Index(
                name="event_next", fields=["campaign", "country", "starts_at"], condition=Q(state="published")
            ),
            GinIndex(name="event_search", fields=["search_text"], opclasses=["gin_trgm_ops"]),
            GinIndex(name="event_search_title", fields=["search_title"], opclasses=["gin_trgm_ops"]),
            GinIndex(name="event_access_features", fields=["access_features"]),
        ]

    def __str__(self) -> str:
        return f"{self.public_id}: {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("events:protest", args=[self.public_id, self.slug])

    @property
    def is_visible(self) -> bool:
        return self.state in {self.State.PUBLISHED, self.State.CANCELLED}

    @property
    def is_scheduled(self) -> bool:
        return self.state == self.State.SCHEDULED

    @property
    def is_approved(self) -> bool:
        """Whether its details are a version that somebody has stood for."""
        return self.is_scheduled or self.published_at is not None

    @property
    def is_cancelled(self) -> bool:
        return self.state == self.State.CANCELLED

    @property
    def is_over(self) -> bool:
        return bool(self.over_at <= timezone.now())

    @property
    def is_unconfirmed(self) -> bool:
        """Whether the public is told that its organisers have not said that it takes place."""
        return self.unconfirmed_at is not None and self.state == self.State.PUBLISHED and not self.is_over

    @property
    def takes_letters(self) -> bool:
        """Whether visitors can write to its organisers: while it is public, and for as long as letters are kept."""
        over_for = timezone.now() - self.over_at
        return self.is_visible and over_for <= timedelta(days=settings.FORGET_AFTER_DAYS)

    def slug_for_title(self) -> str:
        return slug_of(self.title)

    def set_search_text(self) -> None:
        """Keep what a search may find: public texts and the city's names, never an undisclosed place."""
        translations = self.translations.values()
        short = [self.title, *(text.get("title", "") for text in translations), self.organiser_name]
        if self.city:
            short += [self.city.name, *self.city.display_names.values()]
        long = [self.description, *(text.get("description", "") for text in translations)]
        self.search_title = romanise(" ".join(short))
        # The blank in front lets a search for the start of a word find the first one too.
        self.search_text = " " + romanise(" ".join([*short, *long]))


class RevisionQuerySet(models.QuerySet["Revision"]):
    def pending(self) -> Self:
        return self.filter(state=Revision.State.PENDING)

    def in_queue(self) -> Self:
        """Waiting for a moderator, those in quarantine left out."""
        return self.pending().filter(quarantine="")

    def open(self) -> Self:
        """Still in somebody's hands: a moderator's, or the author's who was asked for changes."""
        return self.filter(state__in=Revision.State.unfinished())

    def oldest_first(self) -> Self:
        return self.order_by("submitted_at", "pk")

    def usual_wait(self, campaign: Campaign) -> timedelta | None:
        """How long half of the latest submissions waited for a moderator; None while too few were decided to tell."""
        decided = self.filter(event__campaign=campaign, decided_at__isnull=False).exclude(
            state__in=[Revision.State.WITHDRAWN, Revision.State.SUPERSEDED]
        )
        latest = decided.order_by("-decided_at").values_list("submitted_at", "decided_at")[:50]
        waits = sorted(decided_at - submitted_at for submitted_at, decided_at in latest if decided_at)
        return waits[len(waits) // 2] if len(waits) >= FEWEST_TO_TELL else None


class Revision(EventDetails):
    """One proposed full version of a protest: the first submission, or an edit."""

    class State(models.TextChoices):
        PENDING = "pending"
        CHANGES_REQUESTED = "changes_requested"
        APPROVED = "approved"
        REJECTED = "rejected"
        WITHDRAWN = "withdrawn"
        SUPERSEDED = "superseded"

        @classmethod
        def unfinished(cls) -> list["Revision.State"]:
            return [cls.PENDING, cls.CHANGES_REQUESTED]

    MOVES: ClassVar[dict[str, set[str]]] = {
        State.PENDING: {
            State.CHANGES_REQUESTED,
            State.APPROVED,
            State.REJECTED,
            State.WITHDRAWN,
            State.SUPERSEDED,
        },
        State.CHANGES_REQUESTED: {State.WITHDRAWN, State.SUPERSEDED, State.PENDING},
        # A decision that is undone leaves the version waiting; what is not public yet can still be rejected.
        State.APPROVED: {State.PENDING, State.REJECTED},
        State.REJECTED: {State.PENDING},
        State.WITHDRAWN: set(),
        State.SUPERSEDED: set(),
    }

    class Quarantine(models.TextChoices):
        """Why it waits apart from the queue: nobody is alerted or waits for it."""

        MAIL_DOMAIN = "mail_domain"
        LINK = "link"
        WORD = "word"
        FLOOD = "flood"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="revisions"
    )
    state = models.CharField(max_length=20, choices=State.choices, default=State.PENDING)
    submitted_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    note_to_moderators = models.TextField(max_length=1000, blank=True)
    quarantine = models.CharField(max_length=12, choices=Quarantine.choices, blank=True)
    # A late or large move, or another link, of a public protest (organising/trust.py): somebody has to look at once.
    is_sensitive = models.BooleanField(default=False)

    objects = RevisionQuerySet.as_manager()

    class Meta(EventDetails.Meta):
        abstract = False
        constraints = [
            *EventDetails.Meta.constraints,
            models.UniqueConstraint(name="revision_number_once", fields=["event", "number"]),
            models.UniqueConstraint(
                name="one_open_revision_per_event",
                fields=["event"],
                condition=Q(state__in=["pending", "changes_requested"]),
            ),
        ]
        indexes = [
            models.Index(name="revision_queue", fields=["country", "submitted_at", "id"], condition=Q(state="pending")),
            models.Index(name="revision_waiting", fields=["submitted_at", "id"], condition=Q(state="pending")),
        ]

    def __str__(self) -> str:
        return f"{self.event.public_id} v{self.number} ({self.state})"

    @property
    def is_first(self) -> bool:
        return self.event.published_at is None

    @property
    def is_pending(self) -> bool:
        return self.state == self.State.PENDING
