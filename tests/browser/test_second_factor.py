"""Passkeys in a real browser with a key of its own, and the pages of the second step as they look."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.factors import make_recovery_codes
from accounts.models import MailedCode, User
from tests.clicks import follow, nothing_hangs_over, press
from tests.factories import CampaignCountryFactory, CoordinatorFactory, UserFactory
from tests.log_in import app_for, six_digits

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_limits")]
FACTORS = "/accounts/second-factor/"


@pytest.fixture
def moderator() -> User:
    CampaignCountryFactory()
    return CoordinatorFactory(user=UserFactory(email="olena@example.org")).user


@pytest.fixture
def site(live_server: LiveServer) -> str:
    """Browsers keep passkeys for a name, and for http on their own machine alone."""
    return str(live_server.url).replace("127.0.0.1", "localhost")


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    page = browser.new_page(base_url=site, viewport={"width": 390, "height": 800})
    yield page
    page.close()


def plug_in_a_key(page: Page) -> None:
    """A security key that says yes by itself (Chromium's virtual authenticator)."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "usb",
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def enter_mailed_code(page: Page, user: User) -> None:
    page.goto("/moderation/")
    page.get_by_label("Your e-mail address").fill(user.email)
    press(page, "Send me a code")
    page.get_by_label("Code").fill(MailedCode.objects.latest("pk").code)
    press(page, "Log in")


def test_a_passkey_is_added_and_opens_the_room(page: Page, moderator: User) -> None:
    plug_in_a_key(page)
    enter_mailed_code(page, moderator)
    follow(page, "Add a passkey")
    page.get_by_label("Name of the passkey").fill("The blue key")
    press(page, "Make the passkey")
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    follow(page, "I have them: continue")
    assert urlsplit(page.url).path == "/moderation/"
    kept = Authenticator.objects.get(type="webauthn")
    assert kept.data["name"] == "The blue key"
    assert moderator.email not in str(kept.data)
    page.context.clear_cookies()
    enter_mailed_code(page, moderator)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second step")
    press(page, "Use a passkey")
    assert urlsplit(page.url).path == "/moderation/"
    assert Authenticator.objects.get(type="webauthn").last_used_at > kept.last_used_at


def test_another_key_opens_nothing_and_the_page_says_so(
    page: Page, browser: Browser, site: str, moderator: User
) -> None:
    plug_in_a_key(page)
    enter_mailed_code(page, moderator)
    page.goto(f"{FACTORS}passkey/")
    page.get_by_label("Name of the passkey").fill("The blue key")
    press(page, "Make the passkey")
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    thief = browser.new_page(base_url=site)
    plug_in_a_key(thief)
    enter_mailed_code(thief, moderator)
    thief.get_by_role("button", name="Use a passkey").click()
    expect(thief.get_by_role("alert")).to_contain_text("The passkey was not shown")
    thief.goto("/moderation/")
    expect(thief.get_by_role("heading", level=1)).to_have_text("Log in")
    thief.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 1280)])
def test_no_page_of_the_second_step_has_a_known_barrier_or_sticks_out(
    browser: Browser, site: str, moderator: User, scheme: str, width: int
) -> None:
    app_for(moderator)
    make_recovery_codes(moderator)
    looks = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    page = browser.new_page(base_url=site, **looks)  # type: ignore[arg-type]
    enter_mailed_code(page, moderator)
    seen = [page.url]
    check(page)
    page.get_by_label("Six digits from your app").fill(six_digits())
    press(page, "Continue")
    for path in ("", "app/", "passkey/", "recovery-codes/", "confirm/"):
        page.goto(f"{FACTORS}{path}")
        check(page)
        seen.append(page.url)
    page.goto(f"{FACTORS}recovery-codes/")
    press(page, "Make ten new codes")
    check(page)
    assert len(seen) == len(set(seen)) == 6
    page.close()


def check(page: Page) -> None:
    nothing_hangs_over(page)
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"
