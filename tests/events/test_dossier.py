"""The dossier: every claim, in every language, with its number and its source."""

import json
import re
from html import unescape

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from events import dossier

pytestmark = pytest.mark.django_db
FACTS = json.loads((settings.DATA_DIR / "iom_facts.json").read_text("utf-8"))
KEYS = [fact["key"] for fact in FACTS]
TRANSLATED = [language for language in settings.COMPLETE_LANGUAGES if language != "en"]
# A space, point or comma between thousands.
GROUPED = re.compile(r"(?<=\d)[ .,\u00a0\u202f](?=\d{3}(?!\d))")


def _claims(language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((settings.DATA_DIR / f"iom_facts.{language}.json").read_text("utf-8"))
    return found


def _numbers(text: str) -> list[str]:
    return sorted(re.findall(r"\d+", GROUPED.sub("", text)))


def _page(client: Client, language: str = "en") -> str:
    response = client.get(f"/{language}/dossier/")
    assert response.status_code == 200
    return unescape(response.content.decode())


@pytest.mark.parametrize("language", TRANSLATED)
def test_all_claims_are_translated_with_the_same_numbers(language: str) -> None:
    claims = _claims(language)
    assert list(claims) == KEYS
    assert len(KEYS) == len(set(KEYS)) == 55
    assert {key: _numbers(text) for key, text in claims.items()} == {
        fact["key"]: _numbers(fact["claim"]) for fact in FACTS
    }


@pytest.mark.parametrize("language", settings.COMPLETE_LANGUAGES)
def test_the_page_shows_all_claims_in_the_readers_language(client: Client, language: str) -> None:
    page = _page(client, language)
    claims = {fact["key"]: fact["claim"] for fact in FACTS} if language == "en" else _claims(language)
    for key, text in claims.items():
        assert page.count(f'id="{key}"') == 1
        assert f"<p>{text}</p>" in page


def test_a_language_without_a_translation_gets_english_marked_as_such() -> None:
    with translation.override("sv"):
        claims = [claim for chapter in dossier.chapters() for claim in chapter.claims]
    assert {claim.language for claim in claims} == {"en"}


def test_every_claim_has_its_year_and_its_source(client: Client) -> None:
    items = re.findall(r'<li class="claim" id="(.+?)">(.+?)</li>', _page(client), re.DOTALL)
    assert sorted(key for key, _item in items) == sorted(KEYS)
    facts = {fact["key"]: fact for fact in FACTS}
    for key, item in items:
        name, _comma, address = facts[key]["source"].partition(", http")
        assert f"<cite>{name}</cite>" in item
        assert f"{facts[key]['as_of']} · " in item
        assert re.findall(r'href="(.+?)"', item) == ([f"http{address}"] if address else [])
        assert ('class="mark"' in item) == (facts[key]["kind"] == "criticism")


def test_charts_draw_the_numbers_of_their_claims() -> None:
    values = {fact["key"]: fact["figure"] for fact in FACTS}
    with translation.override("en"):
        drawn = {chapter.topic: chapter for chapter in dossier.chapters() if chapter.chart}
    assert set(drawn) == set(dossier.CHARTS)
    for topic, (title, labels) in dossier.CHARTS.items():
        rows = drawn[topic].chart
        longest = max(values[key] for key in labels)
        assert drawn[topic].chart_title == title
        assert [row.label for row in rows] == [str(label) for label in labels.values()]
        assert [int(re.sub(r"\D", "", row.text)) for row in rows] == [values[key] for key in labels]
        assert [row.share for row in rows] == [f"{100 * values[key] / longest:.2f}" for key in labels]


def test_a_number_keeps_what_it_says_about_itself(client: Client) -> None:
    page = _page(client)
    figures = dict(re.findall(r'id="([\w-]+)">\s*<span class="claim__figure">(.*?)</span>', page))
    assert figures["founded-1951"] == "1951"
    assert figures["field-offices"] == "> 100"
    assert figures["moved-in-2000"] == "≈ 450,000"
    assert figures["first-name"] == ""


def test_it_says_how_old_it_is(client: Client) -> None:
    years = [fact["as_of"] for fact in FACTS]
    assert f"the years {min(years)} to {max(years)}" in _page(client)


def test_links_name_every_source_once(client: Client) -> None:
    page = unescape(client.get("/en/links/").content.decode())
    addresses = {fact["source"].partition(", http")[2] for fact in FACTS} - {""}
    assert {address: page.count(f'href="http{address}"') for address in addresses} == dict.fromkeys(addresses, 1)


def test_the_dossier_asks_the_database_for_the_stamp_alone(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        client.get("/en/dossier/")


def test_sources_of_one_host_can_be_told_apart(client: Client) -> None:
    page = unescape(client.get("/en/links/").content.decode())
    assert "<small>noborder.org/archive_item.php?id=158.html</small>" in page
    assert "<small>no-racism.net/print/109</small>" in page
    assert dossier.Source("Far away", f"https://www.example.org/{'folder/' * 9}page.html").short_url == (
        "example.org/…/page.html"
    )
