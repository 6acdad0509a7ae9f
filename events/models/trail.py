"""What happened to a protest: public changes, and moderators' decisions."""

from typing import ClassVar, Self

from django.db import models

from events.models.event import Event, Revision
from outbox.sealing import SealedTextField


class EventChangeQuerySet(models.QuerySet["EventChange"]):
    def unnoticed(self) -> Self:
        """Those from which the reminders room has not yet made notices."""
        return self.filter(noticed_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-at", "-pk")


TIME_SHOWN = ("day", "start_time", "end_time", "timezone")
PLACE_SHOWN = ("country", "city", "venue", "address")


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
        MERGED = "merged"
        HANDED_OVER = "handed_over"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    at = models.DateTimeField()
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    # The protest into which this one was merged.
    other = models.ForeignKey(Event, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
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

    def ends_as(self, first: "EventChange", names: tuple[str, ...]) -> bool:
        """Whether the public sees the same in these fields after this change as before the *first* one."""
        return all(first.before.get(name, "") == self.after.get(name, "") for name in names)


class Decision(models.Model):
    """What a moderator did with a revision or a protest. Append-only (a trigger refuses the rest), and without a
    foreign key, so that erasing a person or a protest never rewrites it."""

    class Verb(models.TextChoices):
        APPROVE = "approve"
        APPROVE_AND_TRUST = "approve_and_trust"
        REQUEST_CHANGES = "request_changes"
        REJECT = "reject"
        HIDE = "hide"
        RESTORE = "restore"
        MERGE = "merge"
        HAND_OVER = "hand_over"
        UNDO = "undo"

    at = models.DateTimeField()
    verb = models.CharField(max_length=20, choices=Verb.choices)
    actor_id = models.UUIDField()
    event = models.ForeignKey(
        Event, on_delete=models.DO_NOTHING, db_constraint=False, related_name="decisions", db_index=True
    )
    revision = models.ForeignKey(
        Revision, on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="decisions"
    )
    # The protest into which `event` was merged.
    other = models.ForeignKey(Event, on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="+")
    # The decision that an UNDO takes back, once.
    undoes = models.OneToOneField(
        "self", on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="undone_by"
    )
    # The others are about the protest as a whole, though one that waits may go with it.
    ON_VERSION: ClassVar[set[str]] = {Verb.APPROVE, Verb.APPROVE_AND_TRUST, Verb.REQUEST_CHANGES, Verb.REJECT}
    NEEDS_REASON: ClassVar[set[str]] = {Verb.REQUEST_CHANGES, Verb.REJECT, Verb.HIDE, Verb.MERGE, Verb.HAND_OVER}

    class Meta:
        indexes = [models.Index(name="decision_at", fields=["-at"])]

    def __str__(self) -> str:
        return f"{self.verb} {self.event_id}"


class DecisionReason(models.Model):
    """The moderator's own words to the organiser: apart from the decision, because they can be erased."""

    decision = models.OneToOneField(Decision, on_delete=models.DO_NOTHING, db_constraint=False, related_name="reason")
    text = SealedTextField(purpose="reason")

    def __str__(self) -> str:
        return f"reason of decision {self.decision_id}"


class EventMessage(models.Model):
    """What moderators and organisers write to each other about a protest. `key` comes from a hidden field of the form,
    so that a form sent twice is one message. Beside these, the reasons of decisions belong to the same talk."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="messages")
    key = models.UUIDField(unique=True)
    at = models.DateTimeField()
    actor_id = models.UUIDField()
    is_from_moderators = models.BooleanField()
    text = SealedTextField(purpose="message")

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"message {self.pk} on {self.event_id}"
