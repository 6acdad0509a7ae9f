"""What sends a submission into quarantine. Admins edit it."""

from django.db import models


class BlockedTerm(models.Model):
    """A mail domain, the host of a link, or a word; `value` is folded (events/folding.py) as what it is compared to."""

    class Kind(models.TextChoices):
        MAIL_DOMAIN = "mail_domain", "mail domain"
        LINK = "link", "host of a link"
        WORD = "word", "word in the text"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    value = models.CharField(max_length=100)
    note = models.CharField(max_length=200, blank=True)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["kind", "value"]
        constraints = [models.UniqueConstraint(name="blocked_once", fields=["kind", "value"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"
