"""What a first view of each page costs, asked of the real web server with the files as they are served to the world."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Request

from noborder.bench.launch import free_port
from noborder.embedded.places import CHECKOUT, place_of
from noborder.embedded.processes import wait_until
from noborder.embedded.site import answers, commands
from tests.faults.worker import database_url
from tests.pages import FORMS, PAGES, filled

pytestmark = pytest.mark.django_db(transaction=True)
# Bytes on the wire, headers included.
FIRST_VIEW = 60_000
# What is reached today, with some room: whoever makes a page heavier sees it here.
HEAVIER = {"landing": 48_000, "edition": 47_000, "edition, one country": 47_000}
OTHERS = 46_000
# The page itself, its styles, a file of the headline face for each script; of a protest two modules beside.
MOST_REQUESTS = 7


@pytest.fixture
def server(edition: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """Our web server on the test's database; gives its address."""
    port = free_port()
    url = f"http://localhost:{port}"
    environ = os.environ | {
        "NOBORDER_MODE": "local",
        "SITE_URL": url,
        "DATABASE_URL": database_url(),
        "STATIC_ROOT": str(tmp_path),
    }
    gather = [sys.executable, "-m", "django", "collectstatic", "--no-input", "--ignore", "admin", "--verbosity", "0"]
    subprocess.run(gather, cwd=CHECKOUT, env=environ, check=True)
    web = subprocess.Popen([sys.executable, "-m", *commands(place_of("test"), port)["web"]], cwd=CHECKOUT, env=environ)
    try:
        assert wait_until(lambda: answers(port), seconds=120)
        yield url
    finally:
        web.terminate()
        web.wait()


def _sizes(browser: Browser, url: str) -> tuple[list[int], set[str]]:
    """Bytes of all answers that a first view takes, and the sites they came from."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, java_script_enabled=True)
    page = context.new_page()
    asked: list[Request] = []
    # The icon, less than 1 KB, comes whenever the browser has time for it: before or after the last of these.
    page.on("requestfinished", lambda request: None if "/img/icon" in request.url else asked.append(request))
    page.goto(url, wait_until="load")
    page.evaluate("document.fonts.ready.then(() => true)")
    sizes = [request.sizes() for request in asked]
    hosts = {request.url.split("/")[2] for request in asked if not request.url.startswith("data:")}
    forms = ("/register/", "/reminders/", "/accounts/", "/sign/", "/contact/", "/help/")
    is_kept = all(form not in url for form in forms)
    cookies = context.cookies()
    context.close()
    assert not (is_kept and cookies), url
    return [size["responseBodySize"] + size["responseHeadersSize"] for size in sizes], hosts


def test_a_first_view_is_light(browser: Browser, server: str, edition: dict[str, str]) -> None:
    weights = {}
    for name, path in filled(PAGES | FORMS, edition).items():
        sizes, hosts = _sizes(browser, server + path)
        weights[name] = (sum(sizes), len(sizes))
        assert hosts == {server.split("/")[2]}, name
    table = "\n".join(f"{size:>7,} bytes {number:>2} requests  {name}" for name, (size, number) in weights.items())
    assert max(HEAVIER.values()) <= FIRST_VIEW
    assert all(size <= HEAVIER.get(name, OTHERS) for name, (size, _number) in weights.items()), table
    assert all(number <= MOST_REQUESTS for _size, number in weights.values()), table
    in_ukrainian, _hosts = _sizes(browser, server + "/uk/")
    assert sum(in_ukrainian) <= FIRST_VIEW
