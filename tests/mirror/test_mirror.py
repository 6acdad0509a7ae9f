"""The mirror of a small edition: complete, relative, for everybody, signed; the second run writes what changed."""

import datetime as dt
import functools
import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from playwright.sync_api import Page
from pytest_django import DjangoDbBlocker

from events.models import Event, Print, SiteStamp
from events.models.campaign import Disclosure
from events.prints import facts
from events.prints.drawing import key_of
from events.prints.sheets import Kind
from noborder.mirror import folder
from noborder.mirror.links import Address, relink
from tests.backup.conftest import connected_to, fresh_database
from tests.clicks import follow, go
from tests.events.test_canary import CANARIES
from tests.factories import (
    WEEKS_BEFORE,
    CampaignCountryFactory,
    CampaignFactory,
    CampaignTextFactory,
    EventFactory,
    PictureFactory,
)
from tests.html.reading import Reading

pytestmark = [pytest.mark.xdist_group("mirror"), pytest.mark.django_db]
LANGUAGES = ["en", "pl"]
LATER = WEEKS_BEFORE + dt.timedelta(hours=1)


@dataclass(frozen=True)
class Mirror:
    folder: Path
    key: Path
    # Of the protests.
    march: str
    secret: str
    gone: str
    # Every file with its content and when it was written, after the first and after the second run.
    runs: tuple[dict[str, tuple[bytes, int]], ...]

    @property
    def first(self) -> dict[str, bytes]:
        return {file: content for file, (content, _at) in self.runs[0].items()}


def _edition() -> tuple[Event, Event, Event]:
    march = EventFactory(title="Donaumarsch", slug="march", picture=PictureFactory(), picture_alt="A banner")
    secret = EventFactory(
        title="At a place not told", slug="secret", disclosure=Disclosure.FOLLOWERS,
        venue="Canaryplatz", address="Canaryweg 5", lat=Decimal("53.98765"), lon=Decimal("23.98765"),
    )  # fmt: skip
    gone = EventFactory(title="Hidden later", slug="gone")
    EventFactory(title="Never shown", slug="submitted", state=Event.State.SUBMITTED)
    CampaignTextFactory(campaign=march.campaign, call="Come.")
    CampaignCountryFactory(campaign=march.campaign)
    old = CampaignFactory(
        slug="2002", state="archived", starts_on="2002-10-11", ends_on="2002-10-13", actions_from="2002-10-10",
        actions_to="2002-10-19",
    )  # fmt: skip
    EventFactory(campaign=old, title="Rally of 2002", slug="rally", day=dt.date(2002, 10, 11))
    key = key_of(Kind.POSTER_A4, facts.of_protest(march, WEEKS_BEFORE))
    Print.objects.create(sheet=f"poster-a4/en/{march.public_id}", key=key, data=b"%PDF", made_at=WEEKS_BEFORE)
    # One that was drawn before the protest changed.
    Print.objects.create(sheet=f"leaflet/en/{march.public_id}", key="old", data=b"%PDF", made_at=WEEKS_BEFORE)
    return march, secret, gone


def _files(path: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(file.relative_to(path)): (file.read_bytes(), file.stat().st_mtime_ns)
        for file in path.rglob("*")
        if file.is_file() and file.name != folder.LOCK
    }


@pytest.fixture(scope="module")
def mirror(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mirror]:
    """Written twice; between the two a protest was cancelled and another hidden."""
    path = tmp_path_factory.mktemp("mirror")
    key = path / "key"
    call_command("mirror", new_key=key)
    with (
        pytest.MonkeyPatch.context() as patch,
        django_db_blocker.unblock(),
        fresh_database("mirror", template=connection.settings_dict["NAME"]) as name,
        connected_to(name),
    ):
        patch.setattr(settings, "COMPLETE_LANGUAGES", LANGUAGES)
        with time_machine.travel(WEEKS_BEFORE, tick=False):
            march, secret, gone = _edition()
            call_command("mirror", path / "site", key=key)
        first = _files(path / "site")
        with time_machine.travel(LATER, tick=False):
            Event.objects.filter(pk=gone.pk).update(state=Event.State.HIDDEN)
            Event.objects.filter(pk=secret.pk).update(title="Renamed")
            SiteStamp.objects.bump()
            call_command("mirror", path / "site", key=key)
        march, secret, gone = (f"{event.public_id}-{event.slug}" for event in (march, secret, gone))
        yield Mirror(path / "site", key, march, secret, gone, (first, _files(path / "site")))


def _addresses(page: str, at: str) -> set[str]:
    """The files that a page leads to or loads, and what it names elsewhere."""
    return {urldefrag(urljoin(at, link))[0] for link in Reading.of(page).links}


def test_it_holds_every_kind_of_page_and_nothing_that_is_not_public(mirror: Mirror) -> None:
    march, secret = mirror.march, mirror.secret
    wanted = {
        "index.html", "en/index.html", "pl/index.html", "en/about/index.html", "en/countries/pl/index.html",
        "en/countries/pl/index.day-2027-10-11.html", "en/countries/pl/warszawa/index.html",
        "en/countries/pl/card/index.html", "en/archive/2002/index.html", "en/protests/index.html",
        f"en/protests/{march}/index.html", f"pl/protests/{secret}/index.html", f"en/protests/{march}.ics",
        f"en/protests/{march}/poster.pdf", "feeds/all.lang-pl.ics", "feeds/pl/warszawa.lang-en.atom",
        "feeds/pl.lang-en.json", "static/css/site.css", "static/fonts/sofia-latin.woff2", folder.LIST, folder.SIGNATURE,
    }  # fmt: skip
    assert wanted - mirror.first.keys() == set()
    assert [file for file in mirror.first if file.startswith("pictures/")] != []
    for part in ("register", "reminders", "report", "contact", "sign/", "leaflet", "accounts", "submitted", "/jp/"):
        assert [file for file in mirror.first if part in file] == [], part


def test_a_place_kept_back_is_in_no_file(mirror: Mirror) -> None:
    for file, content in mirror.first.items():
        text = content.replace(b"\r\n ", b"").decode(errors="replace")
        assert [canary for canary in CANARIES if canary in text] == [], file
        assert "Never shown" not in text, file


def test_every_link_leads_to_a_file_or_to_the_live_site(mirror: Mirror) -> None:
    pages = {file: content.decode() for file, content in mirror.first.items() if file.endswith(".html")}
    for file, page in pages.items():
        ours = {address for address in _addresses(page, file) if not urlsplit(address).scheme}
        assert ours - mirror.first.keys() == set(), file
        if file.startswith("en/"):
            assert "This is a copy of" in page, file
        assert page.count('class="notice notice--warning">This is a copy') <= 1, file
    page = pages[f"en/protests/{mirror.march}/index.html"]
    live = _addresses(page, f"en/protests/{mirror.march}/index.html")
    assert f"{settings.SITE_URL}/en/protests/{mirror.march}/report/" in live
    assert f"{settings.SITE_URL}/en/protests/{mirror.march}/leaflet.pdf" in live
    assert f'action="{settings.SITE_URL}/en/protests/"' in pages["en/protests/index.html"]


def test_a_link_is_relative_to_what_is_there_and_full_to_the_rest() -> None:
    known = {Address("/en/"), Address("/en/countries/", "day=2027-10-11"), Address("/pictures/a.webp")}
    page = """<a href="/en/#top">a</a> <a class='x' href='?day=2027-10-11'>b</a>
      <a href="/en/register/?a=1&amp;b=2">c</a> <a href="#main">d</a> <a href="https://example.org/en/">e</a>
      <a href="mailto:a@example.org">f</a> href="/en/" <form action=""></form>
      <img srcset="/pictures/a.webp 480w, /pictures/b.webp 960w" alt="1 > 0">
      <a href="/en/">g</a>"""
    base = settings.SITE_URL
    expected = f"""<a href="../index.html#top">a</a> <a class='x' href="index.day-2027-10-11.html">b</a>
      <a href="{base}/en/register/?a=1&amp;b=2">c</a> <a href="#main">d</a> <a href="https://example.org/en/">e</a>
      <a href="mailto:a@example.org">f</a> href="/en/" <form action="{base}/en/countries/"></form>
      <img srcset="../../pictures/a.webp 480w, {base}/pictures/b.webp 960w" alt="1 > 0">
      <a href="../index.html">g</a>"""
    made = relink(page, Address("/en/countries/"), lambda address: address.file if address in known else "")
    assert made.split() == expected.split()


@pytest.mark.parametrize(
    ("address", "file"),
    [
        (Address("/en/"), "en/index.html"),
        (Address("/feeds/pl.ics", "lang=de"), "feeds/pl.lang-de.ics"),
        (Address("/en/protests/", "day=2027-10-11&after=x"), "en/protests/index.day-2027-10-11.after-x.html"),
        (Address("/en/protests/", "after=../x"), "en/protests/index.after-5b1fea9b4fee2f1f2fa3.html"),
        (Address("/en/protests/", "q=march"), ""),
        (Address("/en/protests/", "day=2027-10-11&country=pl"), ""),
        (Address("/en/../x"), ""),
        (Address("/en/.hidden/"), ""),
        (Address("/en/a%2fb/"), ""),
        (Address("/en//"), ""),
    ],
)
def test_the_names_of_files_are_safe(address: Address, file: str) -> None:
    assert re.sub(r"after-[0-9a-f]{20}", "after-", address.file) == re.sub(r"after-[0-9a-f]{20}", "after-", file)


def test_the_second_run_writes_what_changed_and_removes_what_is_gone(mirror: Mirror) -> None:
    before, after = mirror.runs
    assert {file for file in before.keys() - after.keys() if "/protests/" in file} >= {
        f"{language}/protests/{mirror.gone}/index.html" for language in LANGUAGES
    }
    assert [file for file in after if mirror.gone in file] == []
    assert after.keys() - before.keys() == set()
    changed = {file for file in after if before[file][0] != after[file][0]}
    assert {file for file in after if before[file][1] != after[file][1]} == changed
    renamed = f"en/protests/{mirror.secret}/index.html"
    assert {renamed, "en/index.html", "en/countries/pl/index.html", folder.LIST} <= changed
    assert changed & {f"en/protests/{mirror.march}/index.html", "en/about/index.html", "static/css/site.css"} == set()
    assert b"1 September 2027, 13:00 UTC" in after[renamed][0]
    assert b"1 September 2027, 12:00 UTC" in after["en/about/index.html"][0]
    assert {name for name in after if folder.NEW in name} == set()


def test_what_is_not_as_it_was_signed_is_told(mirror: Mirror, tmp_path: Path) -> None:
    public = mirror.key.with_name("key.pub")
    call_command("mirror", verify=mirror.folder, key=public)
    copy = tmp_path / "copy"
    shutil.copytree(mirror.folder, copy)
    (copy / "en/index.html").write_text("another place")
    (copy / "en/about/index.html").unlink()
    (copy / "en/more.html").write_text("more")
    with pytest.raises(CommandError) as told:
        call_command("mirror", verify=copy, key=public)
    assert str(told.value).splitlines() == [
        "en/about/index.html: is missing",
        "en/index.html: was changed",
        "en/more.html: is not in the list",
    ]
    listed = (copy / folder.LIST).read_bytes()
    (copy / folder.LIST).write_bytes(listed.replace(b"about", b"abouT"))
    with pytest.raises(CommandError, match="was not signed with this key"):
        call_command("mirror", verify=copy, key=public)


def test_a_folder_with_other_things_is_left_alone(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(CommandError, match="holds other things"):
        call_command("mirror", tmp_path, key=mirror.key)
    assert [file.name for file in tmp_path.iterdir()] == ["letter.txt"]


@pytest.fixture
def file_server(mirror: Mirror) -> Iterator[str]:
    """A bare server of files that knows nothing of the site, with the mirror below a path of its own."""
    handler = functools.partial(_Quiet, directory=str(mirror.folder.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{mirror.folder.name}/"
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.mark.parametrize("way", ["served", "opened from a disk"])
def test_people_walk_through_it_in_a_browser(mirror: Mirror, file_server: str, page: Page, way: str) -> None:
    start = file_server if way == "served" else f"{mirror.folder.as_uri()}/"
    asked: list[str] = []
    failed: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)

    page.goto(f"{start}index.html")
    follow(page, "English")
    go(page.locator("a[href$='countries/pl/index.html']").first)
    go(page.get_by_role("link", name="Donaumarsch").first)
    assert page.get_by_role("heading", level=1).inner_text() == "Donaumarsch"
    page.locator("img.picture").scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    assert [url for url in asked if "/pictures/" in url] != []
    follow(page, "Archive")
    go(page.locator("a[href$='2002/index.html']").first)
    go(page.get_by_role("link", name="Rally of 2002").first)
    follow(page, "Polski")
    assert page.locator("html").get_attribute("lang") == "pl"
    assert page.evaluate("getComputedStyle(document.body).fontFamily") != ""
    assert page.evaluate("document.styleSheets.length") == 1

    assert [url for url in asked if not url.startswith(start)] == []
    assert failed == []
