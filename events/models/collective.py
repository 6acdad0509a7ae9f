"""Groups that host protests: what the public sees of them, who belongs to them, and what they support."""

from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from events.lookalike import look_of
from events.models.event import Event, new_public_id
from outbox.sealing import SealedTextField


class CollectiveQuerySet(models.QuerySet["Collective"]):
    def public(self) -> Self:
        return self.filter(state=Collective.State.PUBLIC)

    def of(self, user: Any) -> Self:
        """Those that *user* belongs to."""
        return self.filter(memberships__user=user)

    def run_by(self, user: Any) -> Self:
        """Those that *user* speaks for, as one of their admins."""
        return self.filter(memberships__user=user, memberships__role=Membership.Role.ADMIN)

    def with_proposal(self) -> Self:
        """Those with texts that wait for a moderator."""
        return self.exclude(proposal={})


class Collective(models.Model):
    """A group that hosts protests; its members organise them. Its public texts are only ever written by approving a
    proposal, which names the number that was read. `proposal` holds new texts, empty if none wait."""

    class State(models.TextChoices):
        PENDING = "pending"
        PUBLIC = "public"
        HIDDEN = "hidden"

    TEXTS = ("name", "about", "website", "language")

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)
    slug = models.SlugField(max_length=60)
    country = models.CharField(max_length=2)
    language = models.CharField(max_length=8)
    name = models.CharField(max_length=120)
    # How the name looks whatever its script, so that moderators are warned of one that passes for another.
    name_look = models.CharField(max_length=250)
    about = models.TextField(max_length=4000, blank=True)
    website = models.URLField(max_length=300, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    proposal = models.JSONField(default=dict, blank=True)
    proposal_number = models.PositiveIntegerField(default=0)
    proposed_at = models.DateTimeField(null=True, blank=True)
    # What moderators wrote when they refused or hid; gone with the next decision.
    reason = SealedTextField(purpose="reason", blank=True, default="")
    is_example = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)

    objects = CollectiveQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="collective_public_once_published",
                condition=Q(state="pending", published_at=None)
                | Q(state__in=["public", "hidden"], published_at__isnull=False),
            ),
            models.CheckConstraint(
                name="collective_proposed_at_some_time",
                condition=Q(proposal={}, proposed_at=None) | (~Q(proposal={}) & Q(proposed_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(name="collective_look", fields=["name_look"]),
            models.Index(name="collective_queue", fields=["proposed_at", "id"], condition=~Q(proposal={})),
        ]

    def __str__(self) -> str:
        return f"collective {self.public_id}"

    def get_absolute_url(self) -> str:
        return reverse("events:collective", args=[self.public_id, self.slug])

    @property
    def is_public(self) -> bool:
        return self.state == self.State.PUBLIC

    @property
    def texts(self) -> dict[str, str]:
        """What is public, or was proposed first."""
        return {name: getattr(self, name) for name in self.TEXTS}

    @property
    def newest_texts(self) -> dict[str, str]:
        """What its members wrote last."""
        return self.proposal or self.texts

    @property
    def website_host(self) -> str:
        """Where the link leads, in words that cannot hide it."""
        return (urlsplit(self.website).hostname or "").removeprefix("www.")

    def set_name_look(self) -> None:
        self.name_look = look_of(self.name)[:250]


class MembershipQuerySet(models.QuerySet["Membership"]):
    def admins(self) -> Self:
        return self.filter(role=Membership.Role.ADMIN)


class Membership(models.Model):
    """Somebody who belongs to a collective. An admin writes its texts and chooses its people."""

    class Role(models.TextChoices):
        ADMIN = "admin"
        MEMBER = "member"

    collective = models.ForeignKey(Collective, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="member_of")
    role = models.CharField(max_length=8, choices=Role.choices, default=Role.MEMBER)
    since = models.DateTimeField(auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(name="member_once", fields=["collective", "user"])]

    def __str__(self) -> str:
        return f"{self.role} of {self.collective_id}"


class EventSupportQuerySet(models.QuerySet["EventSupport"]):
    def confirmed(self) -> Self:
        return self.filter(state=EventSupport.State.CONFIRMED)

    def shown(self) -> Self:
        """What the public sees: both sides have said yes, and the collective is public."""
        return self.confirmed().filter(collective__state=Collective.State.PUBLIC)


class EventSupport(models.Model):
    """A collective that stands behind a protest it does not host. One side asks or offers, the other confirms."""

    class State(models.TextChoices):
        ASKED = "asked"
        OFFERED = "offered"
        CONFIRMED = "confirmed"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="supports")
    collective = models.ForeignKey(Collective, on_delete=models.CASCADE, related_name="supports")
    state = models.CharField(max_length=10, choices=State.choices)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = EventSupportQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(name="support_once", fields=["event", "collective"])]

    def __str__(self) -> str:
        return f"{self.state} support {self.pk}"
