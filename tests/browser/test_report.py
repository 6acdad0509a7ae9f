"""Reporting a protest in a real browser, which works while people type and spares them the question."""

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from events.models import Report
from tests.clicks import press
from tests.factories import CampaignTextFactory, EventFactory
from tests.guards import stamp

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_limits")]


def test_the_work_of_the_browser_stands_in_for_the_answer(page: Page, live_server: LiveServer) -> None:
    event = EventFactory()
    CampaignTextFactory(campaign=event.campaign)
    complaints: list[ConsoleMessage] = []
    page.on("console", lambda said: complaints.append(said))
    page.goto(f"{live_server.url}{event.get_absolute_url()}report/")
    expect(page.get_by_label("On which day is this protest?")).to_be_hidden()
    page.get_by_label("It is advertising").check()
    # As if somebody had taken a minute; sent at once, whether the work is done or not.
    page.locator("[name=started]").evaluate("(field, opened) => { field.value = opened; }", stamp())
    press(page, "Send the report")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your report has arrived")
    assert Report.objects.get().reason == "spam"
    assert complaints == []
