"""An organiser's path in a real browser without JavaScript: register, prove the address, change, cancel, log in."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import MailedCode
from events.forms import guarded
from events.models import Event, Revision
from moderation.actions import approve_revision
from tests.clicks import follow, go, nothing_hangs_over, press
from tests.factories import CampaignCountryFactory, CityFactory, UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_limits")]


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    monkeypatch.setattr(guarded, "SHORTEST_FILL_SECONDS", -1)
    CampaignCountryFactory()
    CampaignCountryFactory(country="DE", timezone="Europe/Berlin")
    CityFactory(spellings=["Warsaw"])
    CityFactory(geoname_id=1, country="DE", name="Neustadt", slug="neustadt", timezone="Europe/Berlin")
    CityFactory(geoname_id=2, country="DE", name="Neustadt", slug="neustadt-2", timezone="Europe/Berlin")
    context = browser.new_context(
        base_url=live_server.url, java_script_enabled=False, viewport={"width": 390, "height": 800}
    )
    yield context.new_page()
    context.close()


def fill_in(page: Page) -> None:
    page.goto("/en/register/")
    page.get_by_label("Title", exact=True).first.fill("March from the station")
    page.get_by_label("Description").first.fill("We walk together.")
    page.get_by_label("Kind of protest").select_option("demonstration")
    page.get_by_label("Monday 11 October 2027").check()
    page.get_by_label("Start", exact=True).fill("2.30 pm")
    page.get_by_label("Country", exact=True).select_option("DE")
    page.get_by_label("City", exact=True).fill("neustadt")
    page.get_by_label("Place", exact=True).fill("Bahnhofsplatz")
    page.get_by_label("Your e-mail address").fill("olena@example.org")


def test_a_protest_is_registered_changed_and_cancelled(page: Page) -> None:
    fill_in(page)
    press(page, "Continue: send me a code")
    expect(page.get_by_text("There are several places of this name").first).to_be_visible()
    expect(page.get_by_label("Start", exact=True)).to_have_value("2.30 pm")
    page.get_by_role("radio", name="Neustadt").nth(1).check()
    press(page, "Continue: send me a code")
    expect(page.get_by_role("heading", level=1)).to_have_text("Enter your code")
    page.get_by_label("Code").fill(MailedCode.objects.get().code)
    press(page, "Send to the moderators")
    expect(page.get_by_role("heading", level=1)).to_have_text("What happens now")

    follow(page, "See or change your protest")
    expect(page.get_by_text("With the moderators.")).to_be_visible()
    approve_revision(Revision.objects.get(), by=UserFactory(is_superuser=True))
    assert Event.objects.get().city_id == 2
    page.reload()
    expect(page.get_by_text("Public.")).to_be_visible()

    follow(page, "Change it")
    page.get_by_label("Start", exact=True).fill("15")
    press(page, "Next: see what will be told")
    expect(page.get_by_text("Now: Monday 11 October, 15:00").first).to_be_visible()
    press(page, "Back to the form")
    expect(page.get_by_label("Start", exact=True)).to_have_value("15")
    press(page, "Next: see what will be told")
    press(page, "Send to the moderators")
    expect(page.locator("ins", has_text="15:00")).to_be_visible()
    follow(page, "Cancel the protest")
    page.get_by_label("Why is it cancelled?").fill("The square is closed.")
    press(page, "Next: see what will be told")
    press(page, "Cancel the protest")
    expect(page.get_by_text("The square is closed.")).to_be_visible()


def test_an_organiser_logs_in_chooses_a_language_and_logs_out(page: Page) -> None:
    UserFactory(email="olena@example.org")
    page.goto("/organise/")
    page.get_by_label("Your e-mail address").fill("olena@example.org")
    press(page, "Send me a code")
    expect(page.get_by_role("heading", level=1)).to_have_text("Enter your code")
    page.get_by_label("Code").fill(MailedCode.objects.get().code)
    press(page, "Log in")
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    page.get_by_label("Language of these pages and of our mails").select_option("pl")
    press(page, "Use this language")
    expect(page.locator("html")).to_have_attribute("lang", "pl")
    page.goto("/accounts/logout/")
    go(page.locator("main button"))
    expect(page).to_have_url(re.compile("/en/$"))
    page.goto("/organise/")
    expect(page).to_have_url(re.compile("/accounts/login/"))


@pytest.mark.parametrize("path", ["/en/register/", "/accounts/login/"])
def test_forms_have_no_known_barrier(browser: Browser, live_server: LiveServer, page: Page, path: str) -> None:
    looker = browser.new_page(viewport={"width": 320, "height": 800})
    looker.goto(live_server.url + path)
    go(looker.locator("main form button.btn").first)
    expect(looker.get_by_role("alert").first).to_be_visible()
    found = Axe().run(looker)
    assert found.violations_count == 0, found.generate_report()
    nothing_hangs_over(looker)
    looker.close()
