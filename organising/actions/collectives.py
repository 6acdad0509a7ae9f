"""A collective's own texts: its admins propose them, moderators publish them (moderation/collectives.py)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import Refused
from events.folding import slug_of
from events.models import Collective, Membership
from organising.actions.people import check_chooses, locked

# So many may one person have waiting for a moderator.
MOST_WAITING = 5


@transaction.atomic
def found_collective(texts: dict[str, str], country: str, *, by: User) -> Collective:
    """A new collective, unknown to the public until moderators have read it; *by* becomes its admin."""
    # One at a time, so that two forms at once do not both pass the count.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if Collective.objects.of(by).with_proposal().filter(state=Collective.State.PENDING).count() >= MOST_WAITING:
        raise Refused(_("Several of your collectives wait for the moderators already."))
    now = timezone.now()
    collective = Collective(
        country=country, created_at=now, proposal=texts, proposal_number=1, proposed_at=now, **texts
    )
    collective.slug = slug_of(collective.name)
    collective.set_name_look()
    collective.save()
    Membership.objects.create(collective=collective, user=by, role=Membership.Role.ADMIN)
    record("collective founded", by=by, on=collective)
    return collective


@transaction.atomic
def propose_texts(collective: Collective, texts: dict[str, str], *, by: User) -> Collective:
    """New texts for the moderators to read, in place of any that wait. What is public stays."""
    collective = locked(collective)
    check_chooses(collective, by=by)
    is_public = collective.published_at is not None
    if texts == (collective.proposal or (collective.texts if is_public else None)):
        return collective
    if is_public and texts == collective.texts:
        collective.proposal, collective.proposed_at = {}, None
    else:
        collective.proposal, collective.proposed_at = texts, timezone.now()
    collective.proposal_number += 1
    if not is_public:
        for name, value in texts.items():
            setattr(collective, name, value)
        collective.slug = slug_of(collective.name)
        collective.set_name_look()
    collective.reason = ""
    collective.save()
    record("collective texts proposed", by=by, on=collective, number=collective.proposal_number)
    return collective
