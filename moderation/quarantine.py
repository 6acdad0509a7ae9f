"""Letting a submission out of quarantine."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import Refused
from events.models import Revision
from moderation.permissions import is_own


@transaction.atomic
def release(revision: Revision, *, by: User) -> None:
    """Put *revision* into the queue, where others wait for a moderator too."""
    if is_own(revision.event, by):
        raise Refused(_("You organise this protest yourself: another moderator has to decide."))
    if not Revision.objects.pending().exclude(quarantine="").filter(pk=revision.pk).update(quarantine=""):
        raise Refused(_("This submission is not in quarantine any more."))
    record("released from quarantine", by=by, on=revision, cause=revision.quarantine)
