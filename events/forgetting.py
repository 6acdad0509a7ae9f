"""What this room forgets by itself: who signed for an organisation, letters, reports, and who wrote what is told of a
protest."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from events.models import (
    AfterReport,
    BlockedSender,
    Campaign,
    DecisionReason,
    Event,
    EventMessage,
    Message,
    Registration,
    Report,
    Revision,
    SignOn,
    Thread,
    Trust,
)
from events.models.campaign import Disclosure
from outbox import purges
from outbox.models import Purge, Recipient

What = Purge.What
NO_PLACE = {"venue": "", "address": "", "lat": None, "lon": None}


def let_go(recipient: Recipient) -> None:
    """Before somebody goes: what they wrote and what is not public of it, and their address wherever they gave it."""
    SignOn.objects.filter(recipient=recipient).exclude(state=SignOn.State.PUBLISHED).delete()
    SignOn.objects.filter(recipient=recipient).update(reason="")
    for model in (Event, Revision):
        model._default_manager.filter(contact_email=recipient.address).exclude(contact_email="").update(
            contact_email=""
        )
    user = User.objects.filter(recipient=recipient).first()
    if user is None:
        return
    DecisionReason.objects.filter(decision__actor_id=user.actor_id).delete()
    for written in (Message, EventMessage):
        written._default_manager.filter(actor_id=user.actor_id).delete()
    Revision.objects.filter(author=user).update(note_to_moderators="")
    AfterReport.objects.filter(author=user).exclude(state=AfterReport.State.PUBLISHED).delete()


@transaction.atomic
def forget_what_strangers_wrote(now: datetime) -> None:
    """Names whose address was not proven in time go; some days after the edition so do letters, reports, names that
    are not public, whom to write to about those that are, and reports from organisers that were not published."""
    purges.delete(What.SIGNATURES, SignOn.objects.never_confirmed(now))
    purges.delete(What.LETTERS, Thread.objects.over(now))
    forget_editions(Campaign.objects.to_forget(now))


def forget_editions(over: "QuerySet[Campaign]") -> None:
    """What strangers and organisers wrote, what was never public, and every contact; what is public stays."""
    signed = SignOn.objects.filter(campaign__in=over)
    purges.delete(What.SIGNATURES, signed.exclude(state=SignOn.State.PUBLISHED))
    signed.exclude(recipient=None).update(recipient=None, reason="")
    purges.delete(What.LETTERS, Thread.objects.filter(campaign__in=over))
    BlockedSender.objects.filter(is_everywhere=False, event__campaign__in=over).delete()
    purges.delete(What.LETTERS, EventMessage.objects.filter(event__campaign__in=over))
    purges.delete(What.REPORTS, Report.objects.filter(event__campaign__in=over))
    told = AfterReport.objects.filter(event__campaign__in=over)
    purges.delete(What.VERSIONS, told.exclude(state=AfterReport.State.PUBLISHED))
    told.exclude(author=None, reason="").update(author=None, reason="")
    Registration.objects.filter(campaign__in=over).delete()
    Trust.objects.filter(campaign__in=over).delete()
    purges.delete(What.WORDS, DecisionReason.objects.filter(decision__event__campaign__in=over))
    _forget_what_was_never_public(over)


def _forget_what_was_never_public(over: "QuerySet[Campaign]") -> None:
    """Protests that nobody may see any more, unless they lead to the one that they were merged into; versions that were
    not approved; and of the others contacts, notes, and places that only some were told."""
    events, versions = Event.objects.filter(campaign__in=over), Revision.objects.filter(event__campaign__in=over)
    unseen = Q(published_at=None) | Q(state=Event.State.HIDDEN, merged_into=None)
    purges.delete(What.PROTESTS, events.filter(unseen))
    purges.delete(What.VERSIONS, versions.exclude(state=Revision.State.APPROVED))
    versions.exclude(note_to_moderators="").update(note_to_moderators="")
    for rows in (events, versions):
        rows.exclude(contact_email="", contact_link="").update(contact_email="", contact_link="")
    never_told = Q(disclosure=Disclosure.FOLLOWERS) | Q(disclosure=Disclosure.TIMED, place_disclosed_at=None)
    kept_back = events.filter(never_told).exclude(venue="", address="", lat=None)
    versions.filter(event__in=kept_back).update(**NO_PLACE)
    kept_back.update(**NO_PLACE)
