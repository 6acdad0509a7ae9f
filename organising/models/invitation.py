"""Invitations to organise a protest, or into a collective: to one address, or as a link to pass on."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from events.models import Collective, Event, Membership, Organiser
from outbox.models import Recipient


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def living(self, now: datetime) -> Self:
        """Those that still let somebody in: not revoked, run out or used up; what they lead to is not over; and who
        made them still chooses its people."""
        owners = Organiser.objects.filter(
            event=OuterRef("event"), user=OuterRef("created_by"), role=Organiser.Role.OWNER, user__is_active=True
        )
        admins = Membership.objects.admins().filter(
            collective=OuterRef("collective"), user=OuterRef("created_by"), user__is_active=True
        )
        to_protest = Q(event__over_at__gt=now) & ~Q(event__state=Event.State.WITHDRAWN) & Q(Exists(owners))
        to_collective = Q(collective__isnull=False) & ~Q(collective__state=Collective.State.HIDDEN) & Q(Exists(admins))
        unused = Q(recipient__isnull=False, uses=0) | Q(recipient=None, uses__lt=Invitation.MOST_USES)
        return self.filter(to_protest | to_collective, unused, revoked_at=None, expires_at__gt=now)

    def over_since(self, moment: datetime) -> Self:
        """Those that had run out or were revoked by then, and those made before that are used up."""
        used_up = Q(recipient__isnull=False, uses__gt=0) | Q(uses__gte=Invitation.MOST_USES)
        return self.filter(
            Q(expires_at__lte=moment) | Q(revoked_at__lte=moment) | (used_up & Q(created_at__lte=moment))
        )


class Invitation(models.Model):
    """One role for whoever accepts. With a recipient it was mailed, works once and for that address only; without, it
    is a link to pass on, which never makes an owner or admin."""

    LIVES: ClassVar[timedelta] = timedelta(days=7)
    MOST_USES: ClassVar[int] = 20
    # Roles that choose people: never by a link that anybody may hold.
    BY_MAIL_ONLY: ClassVar[list[str]] = [Organiser.Role.OWNER, Membership.Role.ADMIN]

    event = models.ForeignKey(Event, on_delete=models.CASCADE, null=True, blank=True, related_name="invitations")
    collective = models.ForeignKey(
        Collective, on_delete=models.CASCADE, null=True, blank=True, related_name="invitations"
    )
    role = models.CharField(max_length=12)
    recipient = models.ForeignKey(
        Recipient, on_delete=models.CASCADE, null=True, blank=True, related_name="invitations"
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="invitations")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    uses = models.PositiveSmallIntegerField(default=0)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="invitation_to_one",
                condition=Q(event=None, collective__isnull=False) | Q(event__isnull=False, collective=None),
            ),
            models.CheckConstraint(
                name="invitation_role_fits",
                condition=Q(event__isnull=False, role__in=["owner", "co_organiser", "helper"])
                | Q(collective__isnull=False, role__in=["admin", "member"]),
            ),
            models.CheckConstraint(
                name="invitation_link_chooses_nobody",
                condition=Q(recipient__isnull=False) | ~Q(role__in=["owner", "admin"]),
            ),
            models.CheckConstraint(name="invitation_expires", condition=Q(expires_at__gt=F("created_at"))),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    @property
    def is_link(self) -> bool:
        return self.recipient_id is None
