"""What moderators do with signatures below an appeal. Each verb leaves a line in the trail and tells the contact
person."""

from django.contrib.postgres.search import TrigramSimilarity
from django.db import IntegrityError, transaction
from django.db.models import CharField, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import Refused
from events.models import SignOn, SiteStamp
from moderation import emails
from moderation.permissions import sign_ons_of

PAGE = 50
# From here on two names are so alike that somebody should look twice.
ALIKE = 0.55

# What can be decided from where. A refusal can be taken back, and a public name taken down.
MOVES = {
    SignOn.State.PUBLISHED: {SignOn.State.PENDING, SignOn.State.REFUSED},
    SignOn.State.REFUSED: {SignOn.State.PENDING, SignOn.State.PUBLISHED},
}


def pending(user: User) -> "QuerySet[SignOn]":
    """What has waited longest for *user*, each with the name in the list or the queue that looks most like it."""
    others = (
        SignOn.objects.holding_name()
        .filter(campaign=OuterRef("campaign"))
        .exclude(pk=OuterRef("pk"))
        .annotate(alike=TrigramSimilarity("name_look", OuterRef("name_look")))  # type: ignore[arg-type] # stubs want a text
        .filter(alike__gt=ALIKE)
        .order_by("-alike", "pk")
    )
    waiting = sign_ons_of(user).pending().select_related("campaign").order_by("confirmed_at", "pk")
    return waiting.annotate(looks_like=Subquery(others.values("name")[:1], output_field=CharField()))[:PAGE]


def decided(user: User) -> "QuerySet[SignOn]":
    """The latest decisions, so that they can be taken back."""
    done = sign_ons_of(user).filter(state__in=MOVES, decided_at__isnull=False)
    return done.select_related("campaign").order_by("-decided_at", "-pk")[:PAGE]


def publish_sign_on(sign_on: SignOn, *, by: User) -> SignOn:
    """Put the name below the appeal."""
    return _decide(sign_on, SignOn.State.PUBLISHED, by=by, reason="")


def refuse_sign_on(sign_on: SignOn, *, by: User, reason: str) -> SignOn:
    """Keep the name out, or take it down; the contact person gets the reason by mail."""
    if not reason.strip():
        raise Refused(_("Say why: the organisation gets your words by mail."))
    return _decide(sign_on, SignOn.State.REFUSED, by=by, reason=reason.strip())


@transaction.atomic
def _decide(sign_on: SignOn, state: SignOn.State, *, by: User, reason: str) -> SignOn:
    sign_on = SignOn.objects.select_for_update(of=("self",), no_key=True).select_related("recipient").get(pk=sign_on.pk)
    was = SignOn.State(sign_on.state)
    if was not in MOVES[state]:
        raise Refused(_("This signature was decided on or taken back meanwhile."))
    sign_on.state, sign_on.reason, sign_on.decided_at = state, reason, timezone.now()
    _save(sign_on)
    if SignOn.State.PUBLISHED in {was, state}:
        SiteStamp.objects.bump()
    entry = record(f"sign-on {state}", by=by, on=sign_on)
    emails.post_sign_on_decided(sign_on, key=str(entry.pk))
    return sign_on


def _save(sign_on: SignOn) -> None:
    try:
        with transaction.atomic():
            sign_on.save(update_fields=["state", "reason", "decided_at"])
    except IntegrityError as error:
        raise Refused(_("An organisation of this name stands in the list or the queue already.")) from error
