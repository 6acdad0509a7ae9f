"""The page of one protest."""

import datetime as dt
import re

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from events import markdown
from events.actions import record_change
from events.models import ArchiveRecord, Campaign, Event, EventChange, Revision
from events.models.campaign import Disclosure
from tests.events.test_browse import text
from tests.factories import (
    WEEKS_BEFORE,
    AfterReportFactory,
    CampaignFactory,
    EventFactory,
    PictureFactory,
    RevisionFactory,
)

pytestmark = pytest.mark.django_db


def page(client: Client, event: Event, language: str = "en") -> str:
    return text(client, f"/{language}/protests/{event.public_id}-{event.slug}/")


@time_machine.travel(WEEKS_BEFORE)
def test_page_says_when_where_who_and_how(client: Client) -> None:
    event = EventFactory(
        spoken_languages=["pl", "uk"], access_notes="Step-free", lat="52.24780", lon="21.01370",
        contact_link="https://example.org/march",
    )  # fmt: skip
    said = page(client, event)
    assert "When Monday 11 October 2027, 14:00–16:00 local time in Warszawa (CEST)" in said
    assert "Where Plac Zamkowy Plac Zamkowy 1 Warszawa , Poland Open in maps · OpenStreetMap" in said
    assert "What Demonstration Who Open Borders Assembly Languages Polish, Ukrainian Access Step-free" in said
    assert "hello@example.org" not in said
    html = client.get(event.get_absolute_url()).content.decode()
    assert 'href="geo:52.24780,21.01370"' in html
    assert "https://www.openstreetmap.org/?mlat=52.24780&amp;mlon=21.01370#map=17/52.24780/21.01370" in html
    assert '<a rel="nofollow noopener" href="https://example.org/march">' in html


@time_machine.travel(WEEKS_BEFORE)
def test_page_takes_six_queries(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    event = EventFactory()
    with django_assert_num_queries(6):
        page(client, event)


@pytest.mark.parametrize(("pictures", "queries"), [(None, 7), (0, 8), (3, 8)])
def test_afterwards_it_asks_what_is_told_of_it(
    client: Client, pictures: int | None, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with time_machine.travel(WEEKS_BEFORE):
        event = EventFactory()
    with time_machine.travel(dt.datetime(2027, 10, 12, 12, tzinfo=dt.UTC)):
        if pictures is not None:
            AfterReportFactory(event=event, state="published", pictures=[PictureFactory() for _ in range(pictures)])
        with django_assert_num_queries(queries):
            said = page(client, event)
        assert ("Afterwards Between 300 and 400 people Counted, one by one We walked and sang ." in said) == (
            pictures is not None
        )
        ld = client.get(event.get_absolute_url()).content.decode().split("ld+json")[1].split("</script>")[0]
    assert "300" not in ld


@pytest.mark.parametrize("ending", ["/", ".ics"])
def test_a_wrong_slug_leads_to_the_right_one(client: Client, ending: str) -> None:
    event = EventFactory()
    response = client.get(f"/pl/protests/{event.public_id}-old-title{ending}")
    assert response.status_code == 301
    assert response.headers["Location"] == f"/pl/protests/{event.public_id}-{event.slug}{ending}"


def test_the_short_address_leads_to_the_page(client: Client) -> None:
    event = EventFactory()
    response = client.get(f"/en/protests/{event.public_id}/")
    assert (response.status_code, response.headers["Location"]) == (301, event.get_absolute_url())


@time_machine.travel(WEEKS_BEFORE)
def test_cancelled_page_stays_with_its_reason_and_invites_nobody(client: Client) -> None:
    event = EventFactory(state=Event.State.CANCELLED, cancel_reason="Storm warning")
    record_change(event, EventChange.Kind.CANCELLED, at=WEEKS_BEFORE)
    said = page(client, event)
    assert "Cancelled This protest does not take place. Storm warning" in said
    assert "Remind me" not in said
    assert "What changed 1 September, 14:00 Cancelled." in said


@time_machine.travel(WEEKS_BEFORE)
@pytest.mark.parametrize(
    ("before", "words"),
    [
        ({"day": "2027-10-11", "start_time": "13:00"}, "The start moved: 14:00 instead of 13:00."),
        (
            {"day": "2027-10-12", "start_time": "14:00"},
            "The start moved: Monday 11 October 14:00 instead of Tuesday 12 October 14:00.",
        ),
        ({"day": "2027-10-11", "start_time": ""}, "The time changed."),
        ({}, "The time changed."),
    ],
)
def test_moves_are_told_in_words_with_their_time(client: Client, before: dict[str, str], words: str) -> None:
    event = EventFactory()
    record_change(event, EventChange.Kind.MOVED, at=WEEKS_BEFORE, before=before)
    assert page(client, event).count(f"1 September, 14:00: {words}") == 1


def test_a_cancelled_protest_that_was_hidden_for_a_while_does_not_take_place_after_all(client: Client) -> None:
    event = EventFactory(state=Event.State.CANCELLED)
    for kind in (EventChange.Kind.CANCELLED, EventChange.Kind.HIDDEN, EventChange.Kind.RESTORED):
        record_change(event, kind, at=WEEKS_BEFORE)
    assert "Takes place after all" not in page(client, event)


@time_machine.travel(WEEKS_BEFORE)
@pytest.mark.parametrize(
    ("changed", "is_told"),
    [({"start_time": dt.time(15)}, True), ({"venue": "Elsewhere"}, True), ({"description": "New words"}, False)],
)
def test_a_reported_change_warns_without_details(client: Client, changed: dict[str, object], is_told: bool) -> None:
    event = EventFactory()
    details = {name: getattr(event, name) for name in Event.DETAILS} | changed
    RevisionFactory(event=event, state=Revision.State.PENDING, **details)
    said = page(client, event)
    assert ("Organisers report a change, being checked." in said) is is_told
    assert "Elsewhere" not in said
    assert "15:00" not in said
    assert "New words" not in said


@time_machine.travel(WEEKS_BEFORE)
@pytest.mark.parametrize(
    ("details", "words"),
    [
        (
            {"disclosure": Disclosure.TIMED, "disclose_at": dt.datetime(2027, 10, 11, 6, tzinfo=dt.UTC)},
            "The exact place will stand here from 11 October, 08:00.",
        ),
        ({"disclosure": Disclosure.FOLLOWERS}, "Who follows this protest by mail learns the exact place."),
    ],
)  # fmt: skip
def test_a_place_kept_back_is_explained(client: Client, details: dict[str, object], words: str) -> None:
    said = page(client, EventFactory(**details))
    assert f"Where Warszawa Poland place later {words}" in said
    assert "Plac Zamkowy" not in said
    assert "maps" not in said


def test_text_comes_in_the_readers_language_with_the_others_below(client: Client) -> None:
    event = EventFactory(
        title="Marsz", description="Idziemy.", language="pl",
        translations={"en": {"title": "March", "description": "We walk."}},
    )  # fmt: skip
    english, german = page(client, event), page(client, event, "de")
    assert "We walk. Translated; the original language is Polish. The same text: Polish Marsz Idziemy." in english
    # No German text: English is what most others can read.
    assert "We walk. Übersetzt; Originalsprache: Polnisch. Derselbe Text: Polnisch Marsz Idziemy." in german
    html = client.get(f"/de/protests/{event.public_id}-{event.slug}/").content.decode()
    assert '<h1 class="title" dir="auto" lang="en">March</h1>' in html


def test_a_text_in_one_language_is_shown_as_it_is_with_its_language_named(client: Client) -> None:
    event = EventFactory(title="Marsz", description="Idziemy.", language="pl")
    assert "Idziemy. Dieser Text ist noch nicht übersetzt. Seine Sprache: Polnisch." in page(client, event, "de")
    html = client.get(f"/de/protests/{event.public_id}-{event.slug}/").content.decode()
    assert '<h1 class="title" dir="auto" lang="pl">Marsz</h1>' in html
    assert '<div class="prose words" dir="auto" lang="pl">' in html


def test_what_nobody_translates_keeps_its_language(client: Client) -> None:
    event = EventFactory(
        language="pl", organiser_name="Granica", access_notes="Bez schodów", venue="Zamek", address="Plac Zamkowy 1",
        translations={"en": {"title": "March", "description": "We walk."}},
    )  # fmt: skip
    path = f"protests/{event.public_id}-{event.slug}/"
    english, polish = (client.get(f"/{language}/{path}").content.decode() for language in ("en", "pl"))
    for words in ("Granica", "Bez schodów", "Zamek", "Plac Zamkowy 1"):
        assert f'<bdi lang="pl">{words}</bdi>' in english
        assert f"<bdi>{words}</bdi>" in polish


@time_machine.travel(dt.datetime(2027, 10, 12, tzinfo=dt.UTC))
def test_a_past_protest_says_so(client: Client) -> None:
    said = page(client, EventFactory())
    assert "This protest is over." in said
    assert "Remind me" not in said


@time_machine.travel(WEEKS_BEFORE)
def test_what_one_passes_on_is_ready_to_copy(client: Client) -> None:
    event = EventFactory(address="Plac Zamkowy")
    html = client.get(event.get_absolute_url()).content.decode()
    text = html.split('<textarea id="share"')[1].split(">", 1)[1].split("</textarea>")[0]
    assert text.split("\n") == [
        "March for freedom of movement",
        "Monday 11 October 2027, 14:00–16:00",
        "Plac Zamkowy, Warszawa",
        f"{settings.SITE_URL}/en/protests/{event.public_id}/",
    ]


def test_a_place_kept_back_is_not_passed_on(client: Client) -> None:
    html = client.get(EventFactory(disclosure=Disclosure.FOLLOWERS).get_absolute_url()).content.decode()
    assert "Plac Zamkowy" not in html


@time_machine.travel(WEEKS_BEFORE)
def test_the_hour_to_count_down_to_is_an_instant(client: Client) -> None:
    html = client.get(EventFactory().get_absolute_url()).content.decode()
    assert '<time class="countdown" data-countdown datetime="2027-10-11T12:00:00+00:00" hidden></time>' in html


def test_who_needs_something_to_take_part_reads_what_there_is(client: Client) -> None:
    event = EventFactory(access_features=["quiet_place", "step_free"], access_notes="Ring the bell")
    assert "Access Step-free A quiet place Ring the bell" in page(client, event)


@time_machine.travel(WEEKS_BEFORE)
def test_calendar_and_poster_are_at_hand(client: Client) -> None:
    event = EventFactory()
    html = client.get(event.get_absolute_url()).content.decode()
    address = f"{event.public_id}-{event.slug}"
    assert f'href="webcal://{settings.SITE_URL.split("//")[1]}/en/protests/{address}.ics"' in html
    assert f'href="/en/protests/{address}/poster.pdf"' in html


def test_the_country_s_own_languages_come_first(client: Client) -> None:
    html = client.get(EventFactory().get_absolute_url()).content.decode()
    assert re.findall(r'hreflang="(\w+)" aria-current|<li><a [^>]*hreflang="(\w+)">', html)[0][1] == "pl"


def test_an_example_says_so(client: Client) -> None:
    assert "Example This protest is invented" in page(client, EventFactory(is_example=True))


def test_archive_page_gives_turnout_and_sources(client: Client) -> None:
    campaign = CampaignFactory(slug="2004", state=Campaign.State.ARCHIVED)
    event = EventFactory(campaign=campaign, day=dt.date(2004, 1, 31), start_time=None, end_time=None)
    ArchiveRecord.objects.create(
        event=event, source_key="x", basis=ArchiveRecord.Basis.REPORT, turnout=800, note="Two figures",
        source_url="https://example.org/a", other_sources=["https://example.org/b"],
    )  # fmt: skip
    said = page(client, event)
    assert "When Saturday 31 January 2004 The hour is not known." in said
    assert "Turnout at least 800 people, as organisers counted" in said
    assert "a report written afterwards Two figures Sources https://example.org/a https://example.org/b" in said
    assert "This protest is over." not in said
    index, edition = text(client, "/en/archive/"), text(client, "/en/archive/2004/?country=pl")
    assert "2004 2004 11–13 October 2027 1 protest, 1 country" in index
    assert "at least 800 people where anybody counted" in edition
    assert "Saturday 31 January – Warszawa , Poland March for freedom of movement" in edition


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("# Big", "<h3>Big</h3>"),
        ("<script>alert(1)</script>", "&lt;script&gt;"),
        ("<img src=x onerror=alert(1)>", "&lt;img"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("[x](data:text/html,y)", "[x](data:text/html,y)"),
        ("[us](https://evil.example/x)", 'href="https://evil.example/x" rel="nofollow noopener">us</a> (evil.example)'),
        ("[evil.example](https://evil.example/)", 'rel="nofollow noopener">evil.example</a></p>'),
        ("[evil.example/x](https://evil.example/x)", ">evil.example/x</a></p>"),
        ("[notevil.example](https://evil.example/)", ">notevil.example</a> (evil.example)"),
        ("[good.example/evil.example](https://evil.example/)", ">good.example/evil.example</a> (evil.example)"),
        ("<https://good.example@evil.example>", "evil.example</a> (evil.example)"),
        ("[x](http://[)", "<p><a rel=\"nofollow noopener\">x</a> (%5B)</p>"),
        ("![pic](https://evil.example/p.png)", ">pic</a> (evil.example)"),
        ("*a* **b**", "<p><em>a</em> <strong>b</strong></p>"),
        ("> q\n\n1. one", "<blockquote>\n<p>q</p>\n</blockquote>\n<ol>\n<li>one</li>\n</ol>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
    ],
)  # fmt: skip
def test_markdown_of_strangers_does_no_harm(source: str, html: str) -> None:
    assert html in markdown.as_html(source)


def test_markdown_reads_as_plain_text_in_calendars() -> None:
    source = "# Hi\n\nA & B < C [site](https://a.example)\n\n* one\n* two"
    assert markdown.as_plain_text(source) == "Hi\nA & B < C site (a.example)\none\ntwo"


@given(st.text(alphabet=st.sampled_from(list("ab<>[]()!*_#&\"':/\\\n -=")), max_size=80))
def test_no_markdown_makes_another_tag(source: str) -> None:
    tags = re.findall(r"<\s*/?\s*([a-z0-9]*)", markdown.as_html(source), re.IGNORECASE)
    assert set(tags) <= markdown.TAGS
