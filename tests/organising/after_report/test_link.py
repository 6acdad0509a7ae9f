"""The link."""

from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from events.models import AfterReport, Organiser, Picture
from organising.tokens import still_on_url
from tests.factories import OrganiserFactory, UserFactory
from tests.log_in import logged_in
from tests.organising.after_report.telling import TOLD, TYPED, at, owned, path_of, press, upload
from tests.security.rows import checksum

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


def test_the_link_works_for_nothing_else_and_only_for_who_runs_it(clock: Any) -> None:
    _event, organiser = owned()
    path = path_of(organiser)
    token = path.rstrip("/").rpartition("/")[2]
    foreign = still_on_url(organiser.pk).rstrip("/").rpartition("/")[2]
    before = checksum()
    for wrong in (token[:-1], token + "x", token.swapcase(), "x" + token, foreign, "x", ":"):
        assert Client().get(f"/organise/report/{wrong}/").status_code == 404
        assert Client().post(f"/organise/report/{wrong}/", TYPED).status_code == 404
    Organiser.objects.filter(pk=organiser.pk).update(role="helper")
    assert Client().post(path, TYPED).status_code == 404
    Organiser.objects.filter(pk=organiser.pk).update(role="owner")
    User.objects.filter(pk=organiser.user_id).update(is_active=False)
    assert Client().get(path).status_code == 404
    User.objects.filter(pk=organiser.user_id).update(is_active=True)
    assert checksum() == before
    assert Client().get(path).status_code == 200
    organiser.delete()
    assert Client().get(path).status_code == 404


def test_the_page_speaks_the_language_of_who_was_asked(clock: Any) -> None:
    _event, organiser = owned()
    User.objects.filter(pk=organiser.user_id).update(language="de")
    page = Client().get(path_of(organiser)).content.decode()
    assert '<html lang="de"' in page


def test_in_the_room_those_who_run_it_write_and_others_do_not(clock: Any) -> None:
    event, organiser = owned()
    path = f"/organise/{event.public_id}/report/"
    helper = OrganiserFactory(event=event, role=Organiser.Role.HELPER).user
    assert logged_in(helper).post(path, TYPED).status_code == 403
    assert logged_in(UserFactory()).post(path, TYPED).status_code == 404
    assert "/login/" in Client().post(path, TYPED)["Location"]
    assert not AfterReport.objects.exists()
    client = logged_in(organiser.user)
    button = f'<a class="btn" href="{path}">How was it?</a>'
    assert button in client.get(f"/organise/{event.public_id}/").content.decode()
    assert button not in logged_in(helper).get(f"/organise/{event.public_id}/").content.decode()
    assert press(path, client, **TYPED).status_code == 302
    told = AfterReport.objects.get()
    assert (told.told, told.author) == (TOLD, organiser.user)


@pytest.mark.parametrize(
    ("when", "state", "says"),
    [
        ("10-11 13:59", "published", "Once the protest has begun"),
        ("10-28 12:00", "published", "Reports on this edition are closed."),
        ("10-12 12:00", "cancelled", "This protest is cancelled"),
        ("10-12 12:00", "hidden", "not public at the moment"),
    ],
)
def test_outside_its_time_nothing_is_taken_and_nothing_typed_is_lost(when: str, state: str, says: str) -> None:
    _event, organiser = owned(state=state)
    with time_machine.travel(at(when), tick=False):
        page = Client().get(path_of(organiser))
        assert says in page.content.decode()
        assert "<form" not in page.content.decode()
        answer = Client().post(path_of(organiser), {**TYPED, "seen": 0, "picture_file": upload()})
    assert answer.status_code == 409
    assert "We walked." in answer.content.decode()
    assert not (AfterReport.objects.exists())
    assert not (Picture.objects.exists())


def test_it_is_open_from_the_start_to_the_last_day() -> None:
    _event, organiser = owned()
    for when in ("10-11 14:00", "10-27 23:00"):
        with time_machine.travel(at(when), tick=False):
            assert press(path_of(organiser), text=when).status_code == 302
    assert AfterReport.objects.get().text == "10-27 23:00"
