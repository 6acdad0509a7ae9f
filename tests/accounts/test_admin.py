from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import AuditEntry, User
from tests.factories import UserFactory
from tests.log_in import log_in

pytestmark = pytest.mark.django_db
USERS = "/admin/accounts/user/"


@pytest.fixture
def client() -> Any:
    client = Client()
    log_in(client, UserFactory(email="root@example.org", is_superuser=True))
    return client


def test_people_are_found_by_their_whole_address_and_shown_masked(client: Client) -> None:
    UserFactory(email="olena@example.org")
    UserFactory(email="other@example.org")
    everybody = client.get(USERS).content.decode()
    assert "o…@e…" in everybody
    assert "olena@example.org" not in everybody
    found = client.get(USERS, {"q": "Olena@example.org"})
    assert [user.email for user in found.context["cl"].result_list] == ["olena@example.org"]
    assert list(client.get(USERS, {"q": "olena"}).context["cl"].result_list) == []


def test_a_person_is_added_by_address_once(client: Client) -> None:
    form = {"address": "New@example.org", "language": "pl", "is_staff": "on"}
    assert client.post(f"{USERS}add/", form).status_code == 302
    user = User.objects.get(email="new@example.org")
    assert (user.language, user.is_staff, user.is_superuser, user.has_usable_password()) == ("pl", True, False, False)
    assert "has an account already" in client.post(f"{USERS}add/", form).content.decode()
    assert AuditEntry.objects.latest("pk").verb == "account made by an admin"


def test_a_person_is_blocked_and_leaves_a_line_in_the_trail(client: Client) -> None:
    user = UserFactory()
    client.post(f"{USERS}{user.pk}/change/", {"language": "en"})
    user.refresh_from_db()
    assert not user.is_active
    entry = AuditEntry.objects.latest("pk")
    assert (entry.verb, entry.object_id, entry.codes) == (
        "account changed by an admin",
        user.pk,
        {"fields": ["is_active"]},
    )


def test_nobody_is_deleted_and_the_trail_is_only_read(client: Client) -> None:
    user = UserFactory()
    assert client.post(f"{USERS}{user.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/accounts/auditentry/").status_code == 200
    assert client.get("/admin/accounts/auditentry/add/").status_code == 403


def test_allauths_lists_of_clear_addresses_are_not_there(client: Client) -> None:
    assert client.get("/admin/account/emailaddress/").status_code == 404


def test_staff_log_in_is_for_staff_alone() -> None:
    client = Client()
    log_in(client, UserFactory())
    assert client.get("/admin/", follow=True).status_code == 403


def test_staff_who_may_only_look_log_nobody_out() -> None:
    looker, person = UserFactory(is_staff=True), UserFactory()
    looker.user_permissions.add(Permission.objects.get(codename="view_user"))
    client, theirs = Client(), Client()
    log_in(client, looker)
    log_in(theirs, person)
    client.post("/admin/accounts/user/", {"action": "log_out", "_selected_action": [person.pk]})
    assert theirs.get("/organise/").status_code == 200
