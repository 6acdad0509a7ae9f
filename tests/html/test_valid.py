"""Every page of the site, as the Nu Html Checker sees it: no errors, and no warnings but those named here."""

import datetime as dt
import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest
import time_machine
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from accounts import limits
from tests.factories import WEEKS_BEFORE
from tests.pages import FORMS, LANGUAGES, PAGES, STATUS, filled, make_edition
from tests.security.addresses import addresses, make_world

pytestmark = pytest.mark.django_db
# Whoever is logged in, and what a visitor's browser remembers.
PEOPLE = ("anonymous", "superuser", "organiser of it")
# Django's own pages are not ours to mend.
NOT_OURS = ("/admin/",)
# Right to do, though the checker would like to be told why.
EXCUSED: tuple[str, ...] = ()
# To make the best code of what runs for a quarter of a minute takes longer than to run it; its frames are larger.
SHORT_LIVED = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss4m")


class Pile:
    """Pages in a folder, each named after where it comes from; the same page twice is one page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, str] = {}

    def add(self, name: str, html: bytes) -> None:
        key = hashlib.sha256(html).hexdigest()[:16]
        self.names.setdefault(key, name)
        (self.folder / f"{key}.html").write_bytes(html)

    def add_answer(self, name: str, response: HttpResponse) -> None:
        # A redirect has no page, and a table that is handed over line by line has no content.
        if response.headers.get("Content-Type", "").startswith("text/html") and response.content:
            self.add(name, response.content)

    def faults(self) -> list[str]:
        """What the checker says about all of them, in one go."""
        checker = ["-jar", os.environ["NOBORDER_VNU"], "--format", "json", "--exit-zero-always", "--stdout"]
        done = subprocess.run(
            ["java", *SHORT_LIVED, *checker, str(self.folder)], capture_output=True, text=True, check=True
        )
        return sorted({self._sentence(message) for message in json.loads(done.stdout)["messages"] if _counts(message)})

    def _sentence(self, message: dict[str, str]) -> str:
        name = self.names.get(Path(message["url"]).stem, message["url"])
        return f"{name}: {message['message']} {message.get('extract', '')!r}"


def _counts(message: dict[str, str]) -> bool:
    is_hint = message["type"] == "info" and "subType" not in message
    return not is_hint and not any(excused in message["message"] for excused in EXCUSED)


def _searched_too_often() -> HttpResponse:
    for _time in range(limits.SEARCHES_FROM_NETWORK.burst):
        limits.spend(limits.SEARCHES_FROM_NETWORK, limits.network_of({"REMOTE_ADDR": "127.0.0.1"}))
    response = Client().get("/en/protests/?q=march&country=pl")
    assert response.status_code == 429
    return response


@pytest.fixture
def pile(tmp_path: Path) -> Pile:
    return Pile(tmp_path)


def test_public_pages_are_valid_in_every_language(client: Client, pile: Pile) -> None:
    names = make_edition()
    for language in LANGUAGES:
        for name, path in filled(PAGES | FORMS, names, language).items():
            response = client.get(path)
            assert response.status_code == STATUS.get(name, 200), path
            pile.add_answer(f"{name} ({path})", response)
            if name == "country with many":
                after = response.context["page"].next_cursor
                pile.add_answer(f"second page of {path}", client.get(f"{path}?after={after}"))
    assert len(pile.names) > 150
    faults = pile.faults()
    assert not faults, "\n".join(faults)


@pytest.mark.usefixtures("fresh_limits")
def test_all_other_pages_are_valid_for_everybody(pile: Pile) -> None:
    with time_machine.travel(WEEKS_BEFORE):
        world = make_world()
    with time_machine.travel(WEEKS_BEFORE + dt.timedelta(minutes=1)):
        browsers = {name: world.client(name) for name in PEOPLE}
        browsers["who registered"] = world.browser_that_registered()
        for address in addresses():
            path = world.path(address)
            if path.startswith(NOT_OURS):
                continue
            for person, browser in browsers.items():
                pile.add_answer(f"{path} for {person}", browser.get(path))
        for path in ("/en/register/", "/en/reminders/", "/accounts/login/"):
            pile.add_answer(f"{path} with errors", Client().post(path, {"email": "no address"}))
    for name in ("400", "403", "403_csrf", "404", "405", "500", "503", "busy"):
        pile.add(name, render_to_string(f"{name}.html").encode())
    for typed in ([("title", "March"), ("title", "")], []):
        words = {"typed": typed, "had_files": True}
        sent = RequestFactory().post("/en/register/")
        pile.add(f"unsaved with {typed}", render_to_string("unsaved.html", words, request=sent).encode())
    pile.add_answer("search_later", _searched_too_often())
    faults = pile.faults()
    assert not faults, "\n".join(faults)
