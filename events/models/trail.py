"""What happened to a protest: public changes, and moderators' decisions."""

from typing import ClassVar, Self

from django.db import models

from events.models.event import Event, Revision


class EventChangeQuerySet(models.QuerySet["EventChange"]):
    def unnoticed(self) -> Self:
        """Those from which the reminders room has not yet made notices."""
        return self.filter(noticed_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-at", "-pk")


class EventChange(models.Model):
    """One public change of a protest. `before` and `after` hold what the public could see of time and place then:
    {"day", "start_time", "timezone", "city", "venue"}, as strings; an undisclosed place is never in them."""

    class Kind(models.TextChoices):
        PUBLISHED = "published"
        MOVED = "moved"
        PLACE_CHANGED = "place_changed"
        PLACE_DISCLOSED = "place_disclosed"
        HIDDEN = "hidden"
        CANCELLED = "cancelled"
        RESTORED = "restored"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    at = models.DateTimeField()
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    noticed_at = models.DateTimeField(null=True, blank=True)

    objects = EventChangeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(name="change_of_event", fields=["event", "-at"]),
            models.Index(name="change_recent", fields=["-at"]),
            models.Index(name="change_unnoticed", fields=["id"], condition=models.Q(noticed_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class Decision(models.Model):
    """What a moderator did with a revision. Append-only (a trigger refuses the rest), and without a foreign key, so
    that erasing a person or a protest never rewrites it."""

    class Verb(models.TextChoices):
        APPROVE = "approve"
        REQUEST_CHANGES = "request_changes"
        REJECT = "reject"
        HIDE = "hide"
        RESTORE = "restore"

    at = models.DateTimeField()
    verb = models.CharField(max_length=20, choices=Verb.choices)
    actor_id = models.UUIDField()
    event = models.ForeignKey(
        Event, on_delete=models.DO_NOTHING, db_constraint=False, related_name="decisions", db_index=True
    )
    revision = models.ForeignKey(
        Revision, on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="decisions"
    )
    NEEDS_REASON: ClassVar[set[str]] = {Verb.REQUEST_CHANGES, Verb.REJECT, Verb.HIDE}

    class Meta:
        indexes = [models.Index(name="decision_at", fields=["-at"])]

    def __str__(self) -> str:
        return f"{self.verb} {self.event_id}"


class DecisionReason(models.Model):
    """The moderator's own words to the organiser: apart from the decision, because they can be erased."""

    decision = models.OneToOneField(Decision, on_delete=models.DO_NOTHING, db_constraint=False, related_name="reason")
    text = models.TextField(max_length=2000)

    def __str__(self) -> str:
        return f"reason of decision {self.decision_id}"
