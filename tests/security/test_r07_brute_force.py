"""R7: guessing gets nowhere, neither at the log-in nor at /admin/, and whoever moderates or runs the site needs a
second factor. Limits per account and network: tests/accounts/test_log_in.py and test_second_factor.py."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import MailedCode
from tests.factories import WEEKS_BEFORE, CoordinatorFactory, UserFactory
from tests.log_in import app_for, log_in
from tests.security.addresses import addresses

pytestmark = pytest.mark.django_db
ROOM, ADMIN = "/moderation/", "/admin/"
SET_UP, CONFIRM = "/accounts/second-factor/?next=", "/accounts/second-factor/confirm/?next="


@pytest.fixture(autouse=True)
def clock(fresh_limits: None) -> Iterator[Any]:
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock


PEOPLE: dict[str, Callable[[], Any]] = {
    "organiser": UserFactory,
    "coordinator": lambda: CoordinatorFactory().user,
    "campaign admin": lambda: CoordinatorFactory(admin=True).user,
    "staff": lambda: UserFactory(is_staff=True),
    "superuser": lambda: UserFactory(is_superuser=True),
}
# What each finds in the room and in /admin/: with no factor, with one not passed in this session, with one passed.
TABLE: dict[str, dict[str, tuple[object, object, object]]] = {
    "organiser": {ROOM: (404, 404, 404), ADMIN: (403, 403, 403)},
    "coordinator": {ROOM: (SET_UP, CONFIRM, 200), ADMIN: (403, 403, 403)},
    "campaign admin": {ROOM: (SET_UP, CONFIRM, 200), ADMIN: (403, 403, 403)},
    "staff": {ROOM: (404, 404, 404), ADMIN: (SET_UP, CONFIRM, 200)},
    "superuser": {ROOM: (SET_UP, CONFIRM, 200), ADMIN: (SET_UP, CONFIRM, 200)},
}


def found(client: Client, path: str) -> object:
    """What stands at the end of the way, short of the pages of the second factor."""
    answer = client.get(path)
    if answer.status_code == 302 and answer.url.startswith("/admin/login/"):
        answer = client.get(answer.url)
    return answer.url.partition("=")[0] + "=" if answer.status_code == 302 else answer.status_code


@pytest.mark.parametrize("path", [ROOM, ADMIN])
@pytest.mark.parametrize("who", PEOPLE)
def test_who_needs_a_second_factor_and_where(who: str, path: str) -> None:
    user, client = PEOPLE[who](), Client()
    client.force_login(user)
    without = found(client, path)
    app_for(user)
    not_passed = found(client, path)
    log_in(client, user)
    assert (without, not_passed, found(client, path)) == TABLE[who][path]


def test_every_address_of_room_and_admin_asks_for_it() -> None:
    """Numbers and names in them do not matter: nobody gets as far as looking for what they name."""
    client = Client()
    client.force_login(UserFactory(is_superuser=True))
    values = {"pk": 1, "public_id": "p2222222", "key": "0" * 8 + "-0000" * 3 + "-" + "0" * 12, "width": 480}
    values |= {
        "actor_id": values["key"],
        "object_id": 1,
        "app_label": "events",
        "content_type_id": 1,
        "url": "x",
        "number": 1,
        "country": "pl",
        "language": "en",
    }
    asked = 0
    for address in addresses():
        if not address.route.startswith(("moderation/", "admin/")) or address.name in {"admin:logout", "admin/login/"}:
            continue
        answer = client.get(address.path({"slug": "x", "token": "x", "verb": "x"} | values))
        if answer.status_code in {404, 405}:
            continue
        assert answer.status_code == 302, address.name
        assert answer.url.startswith((SET_UP, "/admin/login/?next=")), address.name
        asked += 1
    assert asked > 40


def test_ten_thousand_guesses_at_the_mailed_code_get_nowhere(clock: Any) -> None:
    """One address, a new network for every guess of a day: the codes run out long before the digits do."""
    user = UserFactory()
    guesses = 0
    for network in range(200):
        thief = Client(REMOTE_ADDR=f"10.0.{network}.1")
        if thief.post("/accounts/login/", {"email": user.email}).status_code == 429:
            continue
        code = MailedCode.objects.latest("pk").code
        for _ in range(6):
            answer = thief.post("/accounts/login/code/", {"code": f"{(int(code) + 1) % 1_000_000:06}"})
            guesses += answer.status_code == 200 and "This is not the code" in answer.content.decode()
    assert guesses <= 60
    assert "_auth_user_id" not in thief.session


def test_the_admin_has_no_form_of_its_own_to_guess_at(client: Client) -> None:
    assert client.post("/admin/login/", {"username": "a", "password": "b"}).status_code == 405
    assert client.get("/admin/login/?next=/admin/").url.startswith("/accounts/login/?next=")
