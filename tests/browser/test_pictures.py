"""A picture's way in a real browser without JavaScript, with a real worker: chosen, kept while another answer is wrong,
proven, looked at by a moderator, shown to everybody."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import MailedCode
from events.forms import guarded
from events.models import Event, Picture
from tests.clicks import follow, press
from tests.factories import CampaignCountryFactory, CampaignTextFactory, CityFactory, CoordinatorFactory
from tests.faults.worker import Worker
from tests.log_in import app_for, six_digits
from tests.pictures import photo

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_limits")]


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    monkeypatch.setattr(guarded, "SHORTEST_FILL_SECONDS", -1)
    country = CampaignCountryFactory()
    CampaignTextFactory(campaign=country.campaign)
    CityFactory()
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    yield context.new_page()
    context.close()


def is_shown(page: Page) -> bool:
    """Whether the picture on this page has arrived and could be read."""
    picture = page.locator("img.picture").first
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    with page.expect_response(lambda response: "/pictures/" in response.url) as answer:
        page.reload()
        page.locator("img.picture").first.scroll_into_view_if_needed()
    return answer.value.status in {200, 304} and box is not None and box["height"] > 50


def test_a_picture_is_chosen_kept_checked_and_shown(page: Page, tmp_path: Path) -> None:
    page.goto("/en/register/")
    page.get_by_label("Title", exact=True).first.fill("March from the station")
    page.get_by_label("Description").first.fill("We walk together.")
    page.get_by_label("Kind of protest").select_option("demonstration")
    page.get_by_label("Monday 11 October 2027").check()
    page.get_by_label("Start", exact=True).fill("25:99")
    page.get_by_label("Country", exact=True).select_option("PL")
    page.get_by_label("City", exact=True).fill("Warszawa")
    page.get_by_label("Place", exact=True).fill("Plac Zamkowy")
    page.get_by_label("Your e-mail address").fill("olena@example.org")
    chosen = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    page.get_by_label("Choose a picture").set_input_files(chosen)
    page.get_by_label("What can be seen on the picture?").fill("A banner, half red and half blue")
    with Worker(queues="pictures", smtp_port=1, log=tmp_path / "worker.log"):
        press(page, "Continue: send me a code")
        expect(page.get_by_text("Your picture is kept.")).to_be_visible()
        page.get_by_label("Start", exact=True).fill("14:00")
        press(page, "Continue: send me a code")
        page.get_by_label("Code").fill(MailedCode.objects.get().code)
        press(page, "Send to the moderators")
        deadline = time.monotonic() + 300
        while Picture.objects.get().is_waiting:
            assert time.monotonic() < deadline, (tmp_path / "worker.log").read_text()
            time.sleep(0.1)
    follow(page, "See or change your protest")
    assert is_shown(page)

    event = Event.objects.get()
    moderator = CoordinatorFactory(campaign=event.campaign).user
    app_for(moderator)
    page.context.clear_cookies()
    page.goto("/accounts/login/?next=/moderation/")
    page.get_by_label("Your e-mail address").fill(moderator.email)
    press(page, "Send me a code")
    page.get_by_label("Code").fill(MailedCode.objects.latest("pk").code)
    press(page, "Log in")
    page.get_by_label("Six digits from your app").fill(six_digits())
    press(page, "Continue")
    follow(page, "March from the station")
    assert is_shown(page)
    press(page, "Approve")

    page.goto(Event.objects.get().get_absolute_url())
    expect(page.get_by_alt_text("A banner, half red and half blue")).to_be_visible()
    assert is_shown(page)
