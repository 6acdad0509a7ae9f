"""The pages of /admin/ for those who run the site."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outbox import meter
from outbox.models import Delivery
from reminders.planning import plan
from tests.factories import (
    FIRST_DAY,
    CampaignFactory,
    DeliveryFactory,
    EventFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.log_in import log_in

pytestmark = pytest.mark.django_db

PAGES = ["/admin/post-office/", "/admin/rehearsal/"]
NOW = dt.datetime(2027, 10, 10, 6, 30, tzinfo=dt.UTC)
LONG_BEFORE = dt.datetime(2027, 1, 15, 12, tzinfo=dt.UTC)


@pytest.fixture
def admin(time_machine: object) -> Client:
    time_machine.move_to(NOW)
    client = Client()
    log_in(client, UserFactory(email="root@example.org", is_superuser=True))
    return client


def _follow(number: int) -> None:
    event = EventFactory(country="PL", day=FIRST_DAY, start_time=dt.time(14), end_time=None, created_at=LONG_BEFORE)
    for _ in range(number):
        SubscriptionFactory(event=event, created_at=LONG_BEFORE, confirmed_at=LONG_BEFORE)


@pytest.mark.parametrize("path", PAGES)
def test_only_who_may_look_at_mails_opens_it(path: str) -> None:
    staff = UserFactory(email="staff@example.org", is_staff=True)
    client = Client()
    log_in(client, staff)
    assert client.get(path).status_code == 403
    assert path not in client.get("/admin/").content.decode()
    staff.user_permissions.add(Permission.objects.get(codename="view_delivery"))

    assert client.get(path).status_code == 200
    assert path in client.get("/admin/").content.decode()
    assert client.post(path).status_code == 405


def test_the_queue_is_told_apart_by_what_leaves_first(admin: Client) -> None:
    for day in (NOW.date(), FIRST_DAY):
        event = EventFactory(day=day, start_time=dt.time(11), end_time=None, created_at=LONG_BEFORE)
        SubscriptionFactory(event=event, created_at=LONG_BEFORE, confirmed_at=LONG_BEFORE)
    plan(NOW)

    page = " ".join(admin.get("/admin/post-office/").content.decode().split())

    for row in ("other news, reminders hours before the start</th> <td>1</td>", "other reminders</th> <td>1</td>"):
        assert f'<th scope="row">{row}' in page


def test_the_post_office_tells_of_queue_pace_failures_and_what_is_due(admin: Client) -> None:
    DeliveryFactory(state=Delivery.State.SENT, finished_at=NOW - dt.timedelta(minutes=30))
    meter.read(NOW - dt.timedelta(minutes=70))
    meter.read(NOW)
    DeliveryFactory(not_before=NOW - dt.timedelta(minutes=15))
    DeliveryFactory(
        state=Delivery.State.FAILED, finished_at=NOW, letter="digest", reason="refused 550", recipient__language="pl"
    )
    _follow(3)

    page = " ".join(admin.get("/admin/post-office/").content.decode().split())

    for words in (
        "The oldest mail that is due waits for 15 minutes.",
        "No mail leaves",
        "Beat last ticked at 2027-10-10 06:30 UTC.",
        "0 addresses</a> suspended",
        '<th scope="row">the last hour</th> <td>1</td>',
        "<td>refused 550</td> <td>1</td>",
        '<th scope="row">Sun 2027-10-10 09:00</th> <td>3</td>',
        "all of it leaves in time.",
    ):
        assert words in page
    assert "@example" not in page.replace("root@example.org", "")


def test_it_asks_the_same_questions_however_much_there_is(admin: Client) -> None:
    admin.get("/admin/post-office/")
    with CaptureQueriesContext(connection) as few:
        admin.get("/admin/post-office/")
    _follow(4)
    for number in range(3):
        DeliveryFactory(state=Delivery.State.FAILED, finished_at=NOW, reason=f"refused 55{number}")
    with CaptureQueriesContext(connection) as more:
        admin.get("/admin/post-office/")

    assert len(few) == len(more)


def test_the_rehearsal_lists_hours_and_countries_and_takes_a_rate(admin: Client) -> None:
    _follow(3)

    page = " ".join(admin.get("/admin/rehearsal/").content.decode().split())
    assert '<th scope="row">Sun 2027-10-10 11:00</th> <td>all</td> <td>3</td>' in page
    assert "<td>PL</td> <td>3</td> <td> reminder day 3 </td>" in page
    assert "this one is assumed" in page

    page = " ".join(admin.get("/admin/rehearsal/", {"rate": "0.001"}).content.decode().split())
    assert "What is due at 2027-10-10 11:00 is sent by 2027-10-10 11:50 only: 3 mails wait." in page


@pytest.mark.parametrize("rate", ["-1", "0", "nan", "inf", "1e999", "9" * 400, "many", ""])
def test_a_rate_that_is_none_is_passed_over(admin: Client, rate: str) -> None:
    CampaignFactory()

    answer = admin.get("/admin/rehearsal/", {"rate": rate, "campaign": rate})

    assert answer.status_code == 200
    assert answer.context["typed"] == 0


@pytest.mark.parametrize("path", PAGES)
def test_a_nul_is_refused_with_400_and_is_no_error_of_ours(admin: Client, path: str) -> None:
    CampaignFactory()

    assert admin.get(path, {"campaign": "\0", "rate": "\0"}).status_code == 400


@pytest.mark.parametrize("path", PAGES)
def test_what_takes_too_long_is_left_to_the_command(admin: Client, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    CampaignFactory()
    monkeypatch.setattr("reminders.rehearsal._ALREADY_QUEUED", "SELECT pg_sleep(60)")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '3s'")

    answer = admin.get(path)

    assert answer.status_code == 200
    assert "Use <code>python3 manage.py rehearse</code>." in answer.content.decode()


def test_without_a_campaign_it_says_so(admin: Client) -> None:
    assert "There is no campaign." in admin.get("/admin/rehearsal/").content.decode()
