"""Who gets a sheet, and when."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from events.models import Event, Print
from events.models.campaign import Disclosure
from events.prints import drawing
from events.prints.facts import facts_of
from events.prints.sheets import Kind
from events.tasks import make_print, throw_prints_away
from tests.events.prints.paper import address, got, sheet, text_of
from tests.factories import WEEKS_BEFORE, CampaignTextFactory, EventFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


@time_machine.travel(WEEKS_BEFORE)
def test_a_sheet_is_public_and_known_by_its_content(client: Client, event: Event) -> None:
    path = address(event, "poster.pdf")
    got(client, path, sheet(Kind.POSTER_A4, event))
    response = client.get(path)
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Cache-Control"] == "public, max-age=0, s-maxage=5, stale-if-error=30"
    assert response.headers["Content-Disposition"] == f'inline; filename="noborder-{event.public_id}-poster-a4-en.pdf"'
    assert not response.cookies
    again = client.get(path, headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@time_machine.travel(WEEKS_BEFORE)
def test_who_comes_first_waits_on_a_page_that_looks_again(client: Client, event: Event) -> None:
    response = client.get(address(event, "poster.pdf"))
    assert response.status_code == 202
    assert response.headers["Cache-Control"] == "private, no-store"
    assert (response.headers["Refresh"], response.headers["Retry-After"]) == ("2", "2")
    assert "Being printed" in response.content.decode()
    assert not Print.objects.exists()


@time_machine.travel(WEEKS_BEFORE)
def test_a_moved_protest_never_shows_its_old_sheet(client: Client, event: Event) -> None:
    path, wanted = address(event, "poster.pdf"), sheet(Kind.POSTER_A4, event)
    got(client, path, wanted)
    Event.objects.filter(pk=event.pk).update(start_time=dt.time(18, 30), end_time=None)
    assert "18:30" in text_of(got(client, path, wanted))
    assert Print.objects.count() == 1


@pytest.mark.parametrize("kind", [Kind.POSTER_A4, Kind.POSTER_A3, Kind.LEAFLET, Kind.CARD])
@time_machine.travel(WEEKS_BEFORE)
def test_an_undisclosed_place_leaves_no_trace(kind: Kind) -> None:
    """The facts are all that a sheet is made from: with another place they are the same to the last letter."""
    event = EventFactory(venue="Canaryplatz", address="Canaryweg 5", disclosure=Disclosure.FOLLOWERS)
    CampaignTextFactory(campaign=event.campaign)
    before, _event = facts_of(sheet(kind, event), WEEKS_BEFORE)
    Event.objects.filter(pk=event.pk).update(venue="Elsewhere", address="Elsewhere 7")
    after, _event = facts_of(sheet(kind, event), WEEKS_BEFORE)
    assert before == after
    assert drawing.draw(kind, before) == drawing.draw(kind, after)
    assert "Canary" not in str(before)


def test_a_place_stands_on_the_poster_once_it_is_public(client: Client) -> None:
    opens = dt.datetime(2027, 10, 10, 8, tzinfo=dt.UTC)
    event = EventFactory(venue="Canaryplatz", disclosure=Disclosure.TIMED, disclose_at=opens)
    path, wanted = address(event, "poster.pdf"), sheet(Kind.POSTER_A4, event)
    with time_machine.travel(opens - dt.timedelta(minutes=1)):
        text = text_of(got(client, path, wanted))
        assert "Canary" not in text
        assert "The exact place will stand on its page from 10 October, 10:00." in text
    with time_machine.travel(opens + dt.timedelta(seconds=1)):
        assert "Canaryplatz" in text_of(got(client, path, wanted))


@time_machine.travel(WEEKS_BEFORE)
def test_an_invented_protest_says_so(client: Client) -> None:
    event = EventFactory(is_example=True)
    assert "example" in text_of(got(client, address(event, "poster.pdf"), sheet(Kind.POSTER_A4, event)))


@time_machine.travel(WEEKS_BEFORE)
def test_a_cancelled_protest_has_no_poster_and_a_picture_that_says_so(client: Client, event: Event) -> None:
    taking_place = got(client, address(event, "card.png"), sheet(Kind.CARD, event))
    got(client, address(event, "poster.pdf"), sheet(Kind.POSTER_A4, event))
    Event.objects.filter(pk=event.pk).update(state="cancelled")
    for name in ("poster.pdf", "leaflet.pdf"):
        response = client.get(address(event, name))
        assert (response.status_code, response.headers["Cache-Control"]) == (410, "private, no-store")
    assert got(client, address(event, "card.png"), sheet(Kind.CARD, event)) != taking_place


def test_a_protest_that_is_over_has_no_poster(client: Client, event: Event) -> None:
    with time_machine.travel(event.over_at):
        assert client.get(address(event, "poster.pdf")).status_code == 410


@pytest.mark.parametrize("state", ["submitted", "hidden", "withdrawn"])
@time_machine.travel(WEEKS_BEFORE)
def test_what_is_not_public_is_not_printed(client: Client, event: Event, state: str) -> None:
    got(client, address(event, "card.png"), sheet(Kind.CARD, event))
    Event.objects.filter(pk=event.pk).update(state=state, published_at=None if state != "hidden" else WEEKS_BEFORE)
    for name in ("poster.pdf", "leaflet.pdf", "card.png"):
        assert client.get(address(event, name)).status_code == 404
    make_print(sheet(Kind.POSTER_A4, event).name)
    assert not Print.objects.filter(sheet__startswith="poster").exists()
    throw_prints_away()
    assert not Print.objects.exists()
