"""A protest with its organisers and a collective with its members have their people in common: who is there, in which
role, and that somebody always chooses them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from events.models import Collective, Event, Membership, Organiser
from outbox.masking import masked

Group = Event | Collective
Row = Organiser | Membership

ROLE_WORDS: dict[str, str | Promise] = {
    Organiser.Role.OWNER: _("Owner"),
    Organiser.Role.CO_ORGANISER: _("Co-organiser"),
    Organiser.Role.HELPER: _("Helper"),
    Membership.Role.ADMIN: _("Admin"),
    Membership.Role.MEMBER: _("Member"),
}
# From the least to the most.
RANKS: dict[str, int] = {
    role: rank
    for roles in (
        (Organiser.Role.HELPER, Organiser.Role.CO_ORGANISER, Organiser.Role.OWNER),
        (Membership.Role.MEMBER, Membership.Role.ADMIN),
    )
    for rank, role in enumerate(roles)
}


@dataclass(frozen=True)
class Person:
    """Somebody in the list of a protest or a collective: what its owners call them, or their address in part."""

    row: Any
    is_me: bool

    @property
    def name(self) -> str:
        return getattr(self.row, "label", "") or masked(self.row.user.email)

    @property
    def role(self) -> str:
        return str(ROLE_WORDS[self.row.role])

    @property
    def since(self) -> datetime:
        since: datetime = self.row.since
        return since

    @property
    def collective(self) -> Collective | None:
        """By which they are there, if not by a role of their own."""
        return self.row.collective if isinstance(self.row, Organiser) else None


def rows_of(group: Group) -> "QuerySet[Any]":
    return group.organisers.all() if isinstance(group, Event) else group.memberships.all()


def chief_role(group: Group) -> str:
    """The role that chooses people; somebody always has it."""
    return Organiser.Role.OWNER if isinstance(group, Event) else Membership.Role.ADMIN


def chiefs_of(group: Group) -> "QuerySet[Any]":
    return rows_of(group).filter(role=chief_role(group), user__is_active=True)


def people_of(group: Group, *, reader: User) -> list[Person]:
    """Everybody who is there, those who choose first."""
    rows = rows_of(group).select_related("user", *(["collective"] if isinstance(group, Event) else []))
    ordered = sorted(rows, key=lambda row: (-RANKS[row.role], row.since, row.pk))
    return [Person(row, row.user_id == reader.pk) for row in ordered]


def roles_offered(group: Group, *, by_link: bool = False) -> list[tuple[str, str | Promise]]:
    """What somebody can be made; by a link that is passed on, nobody who chooses people."""
    roles = list(Organiser.Role) if isinstance(group, Event) else list(Membership.Role)
    return [(role.value, ROLE_WORDS[role]) for role in roles if not (by_link and role == chief_role(group))]


def ids_of(group: Group) -> dict[str, int]:
    """How a mail names it."""
    return {"event" if isinstance(group, Event) else "collective": group.pk}
