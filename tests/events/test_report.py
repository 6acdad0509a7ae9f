"""A visitor reports a protest: no account, no address, with or without JavaScript."""

import uuid
from datetime import UTC, datetime, timedelta
from itertools import count
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts import limits
from events import tasks
from events.models import Event, Report
from events.proof_of_work import LIFETIME, challenge_for, is_solved
from tests.factories import WEEKS_BEFORE, CampaignTextFactory, EventFactory
from tests.guards import guards

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "fresh_limits")]
RIGHT_DAY, WRONG_DAY = "2027-10-11", "2027-10-12"


@pytest.fixture
def event() -> Event:
    event = EventFactory()
    CampaignTextFactory(campaign=event.campaign)
    return event


def path_of(event: Event) -> str:
    return f"{event.get_absolute_url()}report/"


def answers(**changes: str) -> dict[str, str]:
    return {"reason": "wrong", "text": "It begins at 15:00.", "day": RIGHT_DAY, **guards(), **changes}


def worked_out(key: str) -> dict[str, str]:
    """What a browser with JavaScript sends along."""
    challenge = challenge_for(key)
    solution = next(str(n) for n in count() if is_solved(challenge, str(n), key=key))
    return {"key": key, "challenge": challenge, "solution": solution}


def test_a_report_is_kept_with_what_was_said_and_nothing_of_who_said_it(client: Client, event: Event) -> None:
    assert client.get(path_of(event)).status_code == 200
    response = client.post(path_of(event), answers())
    assert (response.status_code, response["Location"]) == (302, f"{path_of(event)}sent/")
    assert "Your report has arrived" in client.get(response["Location"]).content.decode()
    report = Report.objects.get()
    assert (report.event, report.reason, report.text) == (event, "wrong", "It begins at 15:00.")
    assert (report.language, report.at, report.closed_at) == ("en", WEEKS_BEFORE, None)
    event.refresh_from_db()
    assert event.state == "published"


def test_what_was_said_lies_sealed(client: Client, event: Event) -> None:
    client.post(path_of(event), answers())
    assert "15:00" not in str(Report.objects.extra(select={"raw": "text"}).values_list("raw", flat=True)[0])


def test_the_form_is_not_kept_anywhere_and_the_page_links_to_it_without_a_cookie(client: Client, event: Event) -> None:
    page = client.get(event.get_absolute_url())
    assert path_of(event) in page.content.decode()
    assert not page.cookies
    form = client.get(path_of(event))
    assert form["Cache-Control"] == "private, no-store"
    assert set(form.cookies) == {"csrf"}


@pytest.mark.parametrize("solution", ["", "1", "x" * 20, "\N{BALLOON}"])
def test_neither_work_nor_answer_is_a_clear_error_and_nothing_is_lost(
    client: Client, event: Event, solution: str
) -> None:
    typed = answers(day="", solution=solution, challenge=challenge_for("other"))
    page = client.post(path_of(event), typed).content.decode()
    assert "Choose the day of the protest" in page
    assert "It begins at 15:00." in page
    assert not Report.objects.exists()


def test_the_wrong_day_is_said_to_be_wrong(client: Client, event: Event) -> None:
    page = client.post(path_of(event), answers(day=WRONG_DAY)).content.decode()
    assert "That is another day" in page
    assert not Report.objects.exists()


def test_work_done_by_the_browser_is_enough(client: Client, event: Event) -> None:
    assert client.post(path_of(event), answers(day="", **worked_out(str(uuid.uuid4())))).status_code == 302
    assert Report.objects.count() == 1


def test_work_is_good_for_one_form_and_some_hours(client: Client, event: Event, clock) -> None:
    work = worked_out(str(uuid.uuid4()))
    another = answers(day="", **work) | {"key": str(uuid.uuid4())}
    assert client.post(path_of(event), another).status_code == 200
    clock.shift(LIFETIME + timedelta(seconds=1))
    assert client.post(path_of(event), answers(day="", **work)).status_code == 200
    assert not Report.objects.exists()


def test_a_form_sent_twice_is_one_report(client: Client, event: Event) -> None:
    typed = answers()
    assert [client.post(path_of(event), typed).status_code for _ in range(3)] == [302] * 3
    assert Report.objects.count() == 1


def test_something_else_needs_words(client: Client, event: Event) -> None:
    page = client.post(path_of(event), answers(reason="other", text="")).content.decode()
    assert "Say in a few words what is wrong." in page
    assert client.post(path_of(event), answers(reason="fake", text="")).status_code == 302


def test_robots_that_fill_everything_or_are_too_quick_are_asked_again(client: Client, event: Event) -> None:
    assert client.post(path_of(event), answers(nickname="me")).status_code == 200
    assert client.post(path_of(event), answers(started="")).status_code == 200
    assert not Report.objects.exists()


@pytest.mark.parametrize("state", ["submitted", "hidden", "withdrawn"])
def test_only_what_the_public_sees_can_be_reported(client: Client, state: str) -> None:
    event = EventFactory(state=state)
    for path in (path_of(event), f"{path_of(event)}sent/"):
        assert client.get(path).status_code == 404
    assert client.post(path_of(event), answers()).status_code == 404
    assert not Report.objects.exists()


def test_an_old_address_of_the_page_leads_to_the_form(client: Client, event: Event) -> None:
    old = path_of(event).replace(event.slug, "old-title")
    assert client.get(old)["Location"] == path_of(event)
    assert client.post(old, answers()).status_code == 302


def test_a_network_has_so_many_and_then_waits(client: Client, event: Event) -> None:
    """R6: a header that anybody can write changes nothing."""
    for number in range(limits.REPORTS_FROM_NETWORK.burst):
        sent = client.post(path_of(event), answers(), headers={"X-Forwarded-For": f"192.0.2.{number}"})
        assert sent.status_code == 302
    response = client.post(path_of(event), answers(text="Once more"))
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "Once more" in response.content.decode()
    assert client.post(path_of(event), answers(), REMOTE_ADDR="198.51.100.7").status_code == 302


def test_a_protest_has_so_many_from_everywhere_together(client: Client, event: Event) -> None:
    for number in range(limits.REPORTS_ON_PROTEST.burst):
        limits.spend(limits.REPORTS_ON_PROTEST, event.public_id)
        assert number < limits.REPORTS_ON_PROTEST.burst
    assert client.post(path_of(event), answers()).status_code == 429
    assert client.post(path_of(EventFactory(title="Another")), answers()).status_code == 302


def test_without_redis_the_form_waits_and_keeps_what_was_typed(client: Client, event: Event, redis_away: None) -> None:
    """R28."""
    response = client.post(path_of(event), answers())
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert "It begins at 15:00." in response.content.decode()
    assert not Report.objects.exists()


def test_reports_die_some_days_after_the_edition(client: Client, event: Event, clock) -> None:
    client.post(path_of(event), answers())
    clock.move_to(datetime(2027, 10, 27, tzinfo=UTC))
    tasks.forget()
    assert Report.objects.exists()
    clock.move_to(datetime(2027, 10, 28, tzinfo=UTC))
    tasks.forget()
    assert not Report.objects.exists()


ODD = {
    "null": "\0",
    "half": "\ud800",
    "long": "9" * 5000,
    "header": "\r\nX: y",
    "override": "\u202eabc",
    "tag": "<blink>",
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("name", ["reason", "text", "day", "challenge", "solution", "key", "started"])
def test_odd_input_is_no_error_of_ours(event: Event, name: str, odd: str) -> None:
    client = Client(raise_request_exception=False)
    body = urlencode(answers(day="") | {name: odd.encode("utf-8", "surrogatepass")})
    response = client.post(path_of(event), body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 200
    assert "<blink>" not in response.content.decode()
