"""Who may open which page of the organisers' room, by what they are to the protest.

ROWS names every address below /organise/ once. A new address without a row fails: give it the row of whoever may open
it, and put what its gaps need into `make_world` (tests/security/addresses.py).
"""

import copy
from collections.abc import Iterator

import pytest
import time_machine
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoDbBlocker

from events.models import Collective, Organiser
from organising.actions.hosting import lend_to
from organising.actions.people import leave, remove
from organising.models import Invitation
from tests.factories import WEEKS_BEFORE, MembershipFactory, OrganiserFactory, UserFactory
from tests.once import made_once
from tests.security.addresses import Address, World, addresses, make_world
from tests.security.rows import checksum

STRANGER, HELPER, CO_ORGANISER, OWNER = "stranger", "helper", "co-organiser", "owner"
REMOVED, MEMBER, FORMER = "removed co-organiser", "member of the hosting collective", "former member of it"
ROLES = (STRANGER, HELPER, CO_ORGANISER, OWNER, REMOVED, MEMBER, FORMER)
RUNNING = {CO_ORGANISER, OWNER, MEMBER}
OF_IT = {HELPER, *RUNNING}

THERE, HIDDEN, FORBIDDEN = "there", 404, 403
# Who opens it, and who knows that it is there: of these, whoever may not open it is told so. For all others it does
# not exist.
Row = tuple[set[str], set[str]]
# Everybody who is logged in: it shows nothing but their own.
OWN: Row = (set(ROLES), set())
# Whoever holds the signed link, logged in or not.
BY_LINK: Row = (set(ROLES), set())
# All who have to do with the protest.
READ: Row = (OF_IT, OF_IT)
# Those who change it, call it off and speak for it.
RUN: Row = (RUNNING, OF_IT)
# Those who choose its people.
OWNED: Row = ({OWNER}, OF_IT)
# Who wrote it: the owner, in these tests.
AUTHOR: Row = ({OWNER}, set())
# Those of the collective that hosts it, and of them its admin, who is the owner of the protest.
MEMBERS: Row = ({OWNER, MEMBER}, {OWNER, MEMBER})
ADMIN: Row = ({OWNER}, {OWNER, MEMBER})

ROWS: dict[str, Row] = {
    "dashboard": OWN,
    "picture": READ,
    "still_on": BY_LINK,
    "report_by_link": BY_LINK,
    "report_picture": BY_LINK,
    "report": RUN,
    "protest": READ,
    "edit": RUN,
    "confirm_edit": RUN,
    "withdraw": RUN,
    "cancel": RUN,
    "confirm_still_on": RUN,
    "letters": RUN,
    "letter_of_visitor": RUN,
    "unblock_sender": RUN,
    "announcements": RUN,
    "announcement_new": RUN,
    "announcement": RUN,
    "people": RUN,
    "organiser": OWNED,
    "change_invitation": OWNED,
    "leave": READ,
    "support": RUN,
    "invitation": BY_LINK,
    "collectives": OWN,
    "found_collective": OWN,
    "collective": MEMBERS,
    "edit_collective": ADMIN,
    "member": ADMIN,
    "member_invitation": ADMIN,
    "leave_collective": MEMBERS,
    "shifts": READ,
    "shift_sheet": READ,
    "add_shift": RUN,
    "change_shift": RUN,
    "enough_for_shift": RUN,
    "remove_shift": RUN,
    "remove_helper": RUN,
    "day_sheet": READ,
    "day_sheet_pdf": READ,
    "edit_day_sheet": RUN,
    # A script that is the same for every sheet and names none.
    "day_sheet_worker": OWN,
    "rules": RUN,
    "messages": RUN,
    "duplicate": RUN,
    "schedule": RUN,
    "publish": RUN,
    "new_draft": OWN,
    "draft": AUTHOR,
    "delete_draft": AUTHOR,
    "import": OWN,
    "imported": AUTHOR,
}
ROOM = "organising:"


def rooms() -> list[Address]:
    return [address for address in addresses() if address.name.startswith(ROOM)]


def expected(role: str, address: Address) -> str | int:
    opens, knows = ROWS[address.name.removeprefix(ROOM)]
    if role in opens:
        return THERE
    return FORBIDDEN if role in knows else HIDDEN


def seen(response: HttpResponse) -> str | int:
    """A page, the way on, or a refusal that is about the state of the protest: all of them mean "you may"."""
    return THERE if response.status_code < 400 or response.status_code in {405, 409} else response.status_code


def make_everybody() -> World:
    """The world of the tests over all addresses, with everybody whom a protest may know."""
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        made = make_world()
        event = made.event
        removed = OrganiserFactory(event=event, role=Organiser.Role.CO_ORGANISER)
        host = Collective.objects.get(hosted=event)
        member, former = (MembershipFactory(collective=host, role="member").user for _n in range(2))
        lend_to(host, [member.pk, former.pk])
        made.people |= {
            STRANGER: UserFactory(),
            HELPER: OrganiserFactory(event=event, role=Organiser.Role.HELPER).user,
            CO_ORGANISER: OrganiserFactory(event=event, role=Organiser.Role.CO_ORGANISER).user,
            OWNER: made.people["organiser of it"],
            REMOVED: removed.user,
            MEMBER: member,
            FORMER: former,
        }
        remove(event, removed, by=made.people[OWNER])
        # The link ended with that: this stands for one made since.
        Invitation.objects.filter(event=event).update(revoked_at=None)
        leave(host, by=former)
        return made


@pytest.fixture(scope="module")
def one_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with made_once(make_everybody, django_db_blocker) as made:
        yield made


@pytest.fixture
def world(one_world: World, db: None, fresh_limits: None) -> Iterator[World]:
    with time_machine.travel(WEEKS_BEFORE, tick=False):
        yield copy.deepcopy(one_world)


def ask(client: Client, path: str) -> tuple[HttpResponse, HttpResponse]:
    """A GET, and a POST that leaves no trace."""
    with transaction.atomic():
        answers = client.get(path), client.post(path)
        transaction.set_rollback(True)
    return answers


def test_every_address_of_the_room_has_a_row() -> None:
    names = {address.name.removeprefix(ROOM) for address in rooms()}
    missing, stale = sorted(names - ROWS.keys()), sorted(ROWS.keys() - names)
    assert (missing, stale) == ([], []), (
        "Add each new address below /organise/ to ROWS in tests/organising/test_permissions.py: READ (helpers too), "
        "RUN (owners and co-organisers), OWNED (owners), OWN (everybody, their own), BY_LINK (a signed link), "
        "MEMBERS and ADMIN (of the hosting collective). "
        f"Without a row: {missing}. Rows of addresses that are gone: {stale}."
    )


@pytest.mark.parametrize("role", ROLES)
def test_who_opens_what(role: str, world: World) -> None:
    client, wrong = world.client(role), []
    for address in rooms():
        path, right = world.path(address), expected(role, address)
        read, written = ask(client, path)
        got = seen(read if read.status_code != 405 else written)
        if got != right:
            wrong.append(f"{address.name} {path}: {got} instead of {right}")
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_what_may_not_be_opened_may_not_be_done(role: str, world: World) -> None:
    client = world.client(role)
    before = checksum()
    for address in rooms():
        if expected(role, address) == THERE:
            continue
        for do in ("", "remove", "cancel"):
            answer = client.post(world.path(address), {"do": do, "cancel_reason": "x", "text": "x"})
            assert answer.status_code in {expected(role, address), 405}, address.name
    assert checksum() == before


def test_whoever_is_not_logged_in_is_asked_to(world: World) -> None:
    for address in rooms():
        if ROWS[address.name.removeprefix(ROOM)] is BY_LINK:
            continue
        answer = Client().get(world.path(address))
        way = answer.headers.get("Location", "")
        assert answer.status_code == 405 or way.startswith("/accounts/login/?next="), address.name
