"""What all public pages promise to caches and to people who want to leave no trace."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from events.models import Event, SiteStamp
from events.sitemap import PROTESTS_A_FILE
from tests.factories import CampaignTextFactory, CityFactory, EventFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def event() -> Event:
    event = EventFactory()
    CampaignTextFactory(campaign=event.campaign, call="**No border** lasts for ever.")
    return event


def public_paths(event: Event, language: str = "en") -> list[str]:
    """Every kind of cacheable page, for one protest in Warszawa."""
    pages = [
        "", "countries/", "countries/pl/", "countries/pl/warszawa/", "countries/fr/", "protests/",
        "protests/?day=2027-10-11", "protests/?q=march&country=pl", "archive/", "call/", "about/", "privacy/",
        "appeal/", "dossier/", "numbers/", "links/",
        f"protests/{event.public_id}-{event.slug}/", f"protests/{event.public_id}-{event.slug}.ics",
        "countries/pl/embed/", "countries/pl/card/",
    ]  # fmt: skip
    scopes = ("all", "pl", "pl/warszawa")
    feeds = [f"/feeds/{scope}.{form}?lang={language}" for scope in scopes for form in ("ics", "atom", "json")]
    frames = [f"/embed/{scope}/?lang={language}" for scope in scopes]
    files = ["/sitemap.xml", "/sitemap-pages.xml", f"/sitemap-protests-{event.pk // PROTESTS_A_FILE}.xml"]
    return [*(f"/{language}/{page}" for page in pages), *feeds, *frames, *files]


def test_pages_set_no_cookie_and_are_public(client: Client, event: Event) -> None:
    for path in public_paths(event):
        response = client.get(path)
        assert response.status_code == 200, path
        assert not response.cookies, path
        assert "Cookie" not in response.headers.get("Vary", ""), path
        assert response.headers["Cache-Control"] == "public, max-age=0, s-maxage=5, stale-if-error=30", path


def test_pages_answer_a_known_etag_with_304_after_one_query(
    client: Client, event: Event, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for path in public_paths(event):
        etag = client.get(path).headers["ETag"]
        with django_assert_num_queries(1):
            again = client.get(path, headers={"If-None-Match": etag})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag), path


def test_pages_get_another_etag_when_anything_public_changes(client: Client, event: Event) -> None:
    before = {path: client.get(path).headers["ETag"] for path in public_paths(event)}
    assert len(set(before.values())) == len(before)
    SiteStamp.objects.bump()
    after = {path: client.get(path, headers={"If-None-Match": etag}) for path, etag in before.items()}
    assert all(response.status_code == 200 for response in after.values())
    assert all(response.headers["ETag"] != before[path] for path, response in after.items())


def test_pages_answer_head_like_get_without_a_body(client: Client, event: Event) -> None:
    for path in public_paths(event):
        got, head = client.get(path), client.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["ETag"] == got.headers["ETag"]


def test_pages_travel_compressed_and_still_match_their_etag(client: Client, event: Event) -> None:
    accepts = {"Accept-Encoding": "gzip"}
    response = client.get("/en/countries/pl/", headers=accepts)
    assert response.headers["Content-Encoding"] == "gzip"
    again = client.get("/en/countries/pl/", headers={**accepts, "If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


def test_pages_refuse_to_be_posted_to(client: Client, event: Event) -> None:
    for path in public_paths(event):
        assert client.post(path.split("?")[0]).status_code == 405, path


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("/en/?utm_source=mail", "/en/"),
        ("/en/protests/?q=&country=&kind=", "/en/protests/"),
        ("/en/protests/?country=PL", "/en/protests/?country=pl"),
        ("/en/protests/?country=zz&day=2027-02-31&kind=riot&lang=xx", "/en/protests/"),
        ("/en/protests/?q=+two%09%00+words%0A", "/en/protests/?q=two+words"),
        ("/en/protests/?kind=vigil&q=sea", "/en/protests/?q=sea&kind=vigil"),
        ("/en/protests/?q=a&q=b", "/en/protests/?q=b"),
        ("/en/countries/pl/?after=1%27", "/en/countries/pl/"),
        ("/en/countries/pl/?day=20271011", "/en/countries/pl/?day=2027-10-11"),
        ("/feeds/all.ics?lang=tlh", "/feeds/all.ics"),
    ],
)
def test_an_address_has_one_form(client: Client, event: Event, asked: str, kept: str) -> None:
    response = client.get(asked)
    assert (response.status_code, response.headers["Location"]) == (302, kept)
    assert client.get(kept).status_code == 200


def test_too_many_query_parameters_are_a_bad_request(client: Client) -> None:
    assert client.get("/en/protests/?" + "&".join(f"a{n}=1" for n in range(3000))).status_code == 400


def test_pages_link_to_themselves_in_every_language(client: Client, event: Event) -> None:
    html = client.get("/en/countries/pl/?day=2027-10-11").content.decode()
    for code in ("uk", "pl", "fi", "de", "fr", "nl"):
        assert f'href="/{code}/countries/pl/?day=2027-10-11" lang="{code}"' in html


def test_pages_hold_no_script_style_or_foreign_source(client: Client, event: Event) -> None:
    for path in public_paths(event):
        html = client.get(path).content.decode()
        assert re.findall('<script(?! type="application/ld.json"| type="module" src="/)', html) == []
        assert "style=" not in html
        assert 'src="http' not in html


@pytest.mark.parametrize(
    "path",
    [
        "/en/countries/zz/",
        "/en/countries/pl/atlantis/",
        "/en/protests/23456789-nothing/",
        "/en/archive/1999/",
        "/feeds/zz.ics",
        "/feeds/pl/atlantis.ics",
        "/feeds/zz.json",
        "/feeds/pl/atlantis.atom",
        "/embed/zz/",
        "/embed/pl/atlantis/",
        "/en/countries/zz/embed/",
        "/sitemap-protests-987654321.xml",
        "/en/nowhere/",
    ],
)
def test_what_is_not_there_is_said_on_a_helpful_page(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_an_unknown_city_leads_to_its_country(client: Client) -> None:
    html = client.get("/en/countries/pl/atlantis/").content.decode()
    assert '<a href="/en/countries/pl/">All protests in Poland</a>' in html


def test_the_site_stands_before_any_campaign_is_announced(client: Client) -> None:
    CityFactory()
    for path in ("", "countries/", "countries/pl/", "countries/pl/warszawa/", "protests/", "archive/", "call/"):
        assert client.get(f"/en/{path}").status_code == 200, path
    for path in ("feeds/all.ics", "feeds/all.atom", "feeds/all.json", "embed/all/", "embed/pl/", "sitemap.xml"):
        assert client.get(f"/{path}").status_code == 200, path
    for path in ("", "countries/", "countries/pl/"):
        page = client.get(f"/en/{path}").content.decode()
        assert "The next Day of Action has not been announced yet." in page, path
        assert "0 protests</p>" not in page, path
        assert "og:image" not in page, path


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_error_pages_stand_on_their_own(name: str) -> None:
    html = render_to_string(name)
    assert "<h1>" in html
    assert 'href="/"' in html


def test_a_form_without_its_token_is_told_why() -> None:
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"email": "a@example.org"})
    assert response.status_code == 403
    assert "The form was too old" in response.content.decode()
