"""The letters about who organises a protest or belongs to a collective: to whom is invited, to whom it happens, and to
those who choose. None of them names a person."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from events import timetable, when
from events.models import Collective, Event, Membership, Organiser
from events.names import country_name
from organising.groups import ROLE_WORDS, Group, chiefs_of, ids_of
from organising.models import Invitation
from organising.tokens import invitation_url
from outbox.actions import post, post_many
from outbox.letters import Letter, register
from outbox.models import Delivery, Priority
from outbox.rendering import render_letter

INVITATION, ROLE, REMOVED, JOINED = "invitation", "people_role", "people_removed", "people_joined"
# One mailbox hears of invitations once a day and three times a week, whoever invites; later ones wait for the next.
EVERY, WEEK, MOST_A_WEEK = timedelta(days=1), timedelta(days=7), 3
MOST_IN_A_MAIL = 10


def post_invitation(invitation: Invitation) -> None:
    """A mail tells of all that its mailbox is invited to. Needs `lock_mailbox`."""
    recipient, now = invitation.recipient, timezone.now()
    if recipient is None or not recipient.is_reachable:
        return
    same = Delivery.objects.filter(letter=INVITATION, recipient__mailbox_hash=recipient.mailbox_hash)
    if same.filter(recipient=recipient).waiting().exists():
        return
    lately = list(same.filter(not_before__gt=now - WEEK).order_by("-not_before").values_list("not_before", flat=True))
    leaves = max([now, *(last + EVERY for last in lately[:1]), *(third + WEEK for third in lately[MOST_A_WEEK - 1 :])])
    post(
        INVITATION,
        recipient,
        key=f"invitation:{invitation.pk}:{int(leaves.timestamp())}",
        ids={},
        priority=Priority.NOTICE,
        not_before=leaves,
        useful_until=max(leaves, invitation.expires_at),
    )


def _invitations(deliveries: list[Delivery]) -> dict[int, list[Invitation]]:
    """All that each recipient is invited to now, by the delivery's id."""
    living = Invitation.objects.living(timezone.now()).filter(recipient__in=[d.recipient_id for d in deliveries])
    found: dict[int | None, list[Invitation]] = {}
    for invitation in living.select_related("event__city", "collective").order_by("-pk"):
        found.setdefault(invitation.recipient_id, []).append(invitation)
    return {d.pk: found[d.recipient_id][:MOST_IN_A_MAIL] for d in deliveries if d.recipient_id in found}


def _invitation_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    open_ones = _invitations(deliveries)
    return {delivery.pk: "invitation over" for delivery in deliveries if delivery.pk not in open_ones}


def _render_invitations(deliveries: list[Delivery]) -> dict[int, Letter]:
    languages = {delivery.pk: delivery.recipient.language for delivery in deliveries}
    return {pk: _invitation_letter(found, languages[pk]) for pk, found in _invitations(deliveries).items()}


def _invitation_letter(invitations: list[Invitation], language: str) -> Letter:
    with translation.override(language):
        invited = [
            {
                "role": str(ROLE_WORDS[invitation.role]),
                "is_protest": invitation.event is not None,
                "name": public_name(invitation.event or invitation.collective),
                "about": what_is_public(invitation.event or invitation.collective),
                "url": invitation_url(invitation),
            }
            for invitation in invitations
        ]
    return render_letter(INVITATION, {"invited": invited}, language)


def public_name(group: Group | None) -> str:
    """Its name if moderators have read it; a stranger's words are mailed to nobody who has not asked for them."""
    if isinstance(group, Event):
        return group.display_title if group.is_visible else ""
    return group.name if group and group.is_public else ""


def what_is_public(group: Group | None) -> str:
    """Day and city, or the country: what tells an invited person what it is about."""
    if isinstance(group, Event):
        return f"{when.day_text_with_year(group.day)}, {timetable.where_text(group)}"
    return country_name(group.country) if group else ""


def post_role(group: Group, user: User, *, entry: int) -> None:
    """One that waits says the role of the moment it leaves: another would say the same."""
    ids = {**ids_of(group), "user": user.pk}
    waiting = Delivery.objects.filter(letter=ROLE, recipient=user.recipient, ids=ids, state=Delivery.State.QUEUED)
    # With the lock it cannot leave with the old role before this one is written.
    if waiting.select_for_update(of=("self",), no_key=True, skip_locked=True).first():
        return
    post(ROLE, user.recipient, key=f"people-role:{entry}", ids=ids, priority=Priority.NOTICE)


def post_removed(group: Group, user: User, *, entry: int) -> None:
    ids = {**ids_of(group), "user": user.pk}
    post(REMOVED, user.recipient, key=f"people-removed:{entry}", ids=ids, priority=Priority.NOTICE)


def post_joined(group: Group, user: User, *, entry: int) -> None:
    """Tell those who choose, so that nobody comes in unseen."""
    ids = {**ids_of(group), "user": user.pk}
    chiefs = chiefs_of(group).exclude(user=user).select_related("user__recipient")
    mails = [(chief.user.recipient, f"people-joined:{entry}:{chief.user_id}", ids) for chief in chiefs]
    post_many(JOINED, mails, priority=Priority.NOTICE)


def groups_of(deliveries: list[Delivery]) -> dict[int, Group]:
    """The protest or collective that each delivery is about, by the delivery's id; those that are gone are missing."""
    events = Event.objects.select_related("city").in_bulk({d.ids["event"] for d in deliveries if "event" in d.ids})
    collectives = Collective.objects.in_bulk({d.ids["collective"] for d in deliveries if "event" not in d.ids})
    found = {
        d.pk: events.get(d.ids["event"]) if "event" in d.ids else collectives.get(d.ids["collective"])
        for d in deliveries
    }
    return {pk: group for pk, group in found.items() if group}


def _roles(deliveries: list[Delivery]) -> dict[int, str]:
    """The role that the person of each delivery has there now, by the delivery's id; who has none is missing."""
    people = {d.ids["user"] for d in deliveries}
    of_events = Organiser.objects.filter(user__in=people, event__in=[d.ids.get("event") for d in deliveries])
    of_groups = Membership.objects.filter(user__in=people, collective__in=[d.ids.get("collective") for d in deliveries])
    roles = {("event", event, user): role for event, user, role in of_events.values_list("event", "user", "role")}
    of_these = of_groups.values_list("collective", "user", "role")
    roles |= {("collective", group, user): role for group, user, role in of_these}
    kinds = {d.pk: "event" if "event" in d.ids else "collective" for d in deliveries}
    found = {d.pk: roles.get((kinds[d.pk], d.ids[kinds[d.pk]], d.ids["user"])) for d in deliveries}
    return {pk: role for pk, role in found.items() if role}


def _needs_role(deliveries: list[Delivery]) -> dict[int, str]:
    roles = _roles(deliveries)
    return {delivery.pk: "not there any more" for delivery in deliveries if delivery.pk not in roles}


def _needs_no_role(deliveries: list[Delivery]) -> dict[int, str]:
    roles, groups = _roles(deliveries), groups_of(deliveries)
    return {d.pk: "there again" if d.pk in roles else "gone" for d in deliveries if d.pk in roles or d.pk not in groups}


def _render(deliveries: list[Delivery]) -> dict[int, Letter]:
    groups, roles = groups_of(deliveries), _roles(deliveries)
    return {d.pk: _letter(d, groups[d.pk], roles.get(d.pk, "")) for d in deliveries if d.pk in groups}


def _letter(delivery: Delivery, group: Group, role: str) -> Letter:
    language = delivery.recipient.language
    with translation.override(language):
        context: dict[str, Any] = {
            "is_protest": isinstance(group, Event),
            "name": group.display_title if isinstance(group, Event) else group.name,
            "role": str(ROLE_WORDS.get(role, "")),
            "room_url": settings.SITE_URL + _room(group),
            "people_url": settings.SITE_URL + _room(group) + ("people/" if isinstance(group, Event) else ""),
        }
    return render_letter(delivery.letter, context, language)


def _room(group: Group) -> str:
    name = "protest" if isinstance(group, Event) else "collective"
    return reverse(f"organising:{name}", args=[group.public_id])


def register_letters() -> None:
    register(INVITATION, unwanted=_invitation_unwanted, render=_render_invitations)
    register(ROLE, unwanted=_needs_role, render=_render)
    register(REMOVED, unwanted=_needs_no_role, render=_render)
    register(JOINED, unwanted=_needs_role, render=_render)
