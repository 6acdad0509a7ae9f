"""What organisations do with the appeal: sign it, confirm that by mail, withdraw. Moderators decide: moderation/."""

from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.actions import record
from accounts.models import User
from events.folding import fold
from events.lookalike import look_of
from events.models import Campaign, SignOn, SiteStamp
from outbox import actions as outbox
from outbox.actions import recipient_for
from outbox.models import Recipient

# One mail asks one mailbox; more names than this at once are a flood.
MOST_WAITING = 5
LONGEST_FORM = 250
# The same statement whether or not the address is known, refused, or has signed before.
_SIGN = """
    INSERT INTO events_signon (campaign_id, recipient_id, name, name_key, name_look, city, country, website,
                               state, reason, is_example, created_at)
    SELECT %(campaign)s, r.id, %(name)s, %(name_key)s, %(name_look)s, %(city)s, %(country)s, %(website)s,
           'unconfirmed', '', false, %(now)s
    FROM outbox_recipient r
    WHERE r.id = %(recipient)s AND r.suspended_at IS NULL AND r.never_again_at IS NULL
      AND (SELECT count(*) FROM events_signon s WHERE s.recipient_id = r.id AND s.state = 'unconfirmed') < %(most)s
    ON CONFLICT (campaign_id, name_key, recipient_id) WHERE state = 'unconfirmed' DO UPDATE
    SET name = excluded.name, city = excluded.city, country = excluded.country, website = excluded.website,
        created_at = excluded.created_at
"""


@dataclass(frozen=True)
class Signature:
    """What stands under the appeal."""

    name: str
    city: str
    country: str
    website: str = ""


def names_of(signature: Signature) -> dict[str, str]:
    """The forms of its name that are compared. A single sign may fold to a whole phrase: what is longer is cut."""
    forms = {"name_key": fold(signature.name), "name_look": look_of(signature.name)}
    return {field: form[:LONGEST_FORM] for field, form in forms.items()}


@transaction.atomic
def sign(campaign: Campaign, signature: Signature, address: str, *, language: str) -> None:
    """Keep what was signed and mail a link to confirm it, unless the mailbox had one today: later ones join it."""
    now = timezone.now()
    outbox.lock_mailbox(address)
    recipient = recipient_for(address, language=language)
    values = {
        "campaign": campaign.pk,
        "recipient": recipient.pk,
        "now": now,
        "most": MOST_WAITING,
        **vars(signature),
        **names_of(signature),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SIGN, values)
    outbox.post_to_confirm("sign_on", recipient, language=language, useful_until=now + SignOn.LINK_LIVES)


@transaction.atomic
def confirm(recipient: Recipient) -> int:
    """Hand what this address has signed to the moderators; says how much. A name that is in the list, or is being
    looked at, stays where it is."""
    now = timezone.now()
    waiting = SignOn.objects.waiting(now).filter(recipient=recipient)
    return sum(_confirmed(sign_on) for sign_on in waiting.order_by("pk"))


def _confirmed(sign_on: SignOn) -> bool:
    unconfirmed = SignOn.objects.filter(pk=sign_on.pk, state=SignOn.State.UNCONFIRMED)
    try:
        with transaction.atomic():
            return bool(unconfirmed.update(state=SignOn.State.PENDING, confirmed_at=timezone.now()))
    except IntegrityError:
        return False


@transaction.atomic
def withdraw(sign_on: SignOn) -> bool:
    """Take a name out of the list or the queue; false if it was in neither."""
    sign_on = SignOn.objects.select_for_update(no_key=True).get(pk=sign_on.pk)
    if sign_on.state not in SignOn.HOLDS_NAME:
        return False
    if sign_on.state == SignOn.State.PUBLISHED:
        SiteStamp.objects.bump()
    sign_on.state = SignOn.State.WITHDRAWN
    sign_on.save(update_fields=["state"])
    record("sign-on withdrawn", by=None, on=sign_on)
    return True


@transaction.atomic
def never_again(recipient: Recipient) -> None:
    """Forget what a stranger signed with this address, and the address but for its keyed hash. Whoever has an account
    needs the address: there only the former."""
    SignOn.objects.filter(recipient=recipient, state=SignOn.State.UNCONFIRMED).delete()
    if not User.objects.filter(recipient=recipient).exists():
        outbox.never_again(recipient)
