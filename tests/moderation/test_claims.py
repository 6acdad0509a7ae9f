"""Claims: of two moderators at once, one works on a submission."""

import datetime as dt
import re

import pytest
import time_machine

from moderation import claims, queue
from moderation.models import Claim
from moderation.queue import Filters
from tests.at_once import at_once
from tests.factories import (
    WEEKS_BEFORE,
    CampaignCountryFactory,
    CampaignFactory,
    CityFactory,
    CoordinatorFactory,
    EventFactory,
    OrganiserFactory,
    RevisionFactory,
    UserFactory,
)
from tests.log_in import log_in
from tests.moderation.conftest import text_of

NOW = WEEKS_BEFORE
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def moderator(db):
    CampaignCountryFactory()
    return CoordinatorFactory(country="PL").user


@pytest.fixture
def room(client, moderator):
    with time_machine.travel(NOW, tick=False):
        log_in(client, moderator)
        yield client


def holder():
    return Claim.objects.get().user


class TestClaim:
    def test_is_for_one_person_and_ten_minutes(self, moderator):
        event, other = EventFactory(), UserFactory()
        assert claims.claim(event, by=moderator, now=NOW)
        assert not claims.claim(event, by=other, now=NOW + 9 * MINUTE)
        assert claims.claim(event, by=other, now=NOW + 10 * MINUTE)
        assert holder() == other

    def test_is_made_longer_by_its_owner(self, moderator):
        event = EventFactory()
        for minutes in (0, 9):
            assert claims.claim(event, by=moderator, now=NOW + minutes * MINUTE)
        assert Claim.objects.get().until == NOW + 19 * MINUTE

    def test_is_released_by_its_owner_only(self, moderator):
        event = EventFactory()
        claims.claim(event, by=moderator, now=NOW)
        claims.release(event, by=UserFactory())
        assert holder() == moderator
        claims.release(event, by=moderator)
        assert not Claim.objects.exists()

    def test_can_be_taken_over(self, moderator):
        event = EventFactory()
        claims.claim(event, by=UserFactory(), now=NOW)
        claims.take_over(event, by=moderator, now=NOW)
        assert holder() == moderator


class TestOnThePage:
    def test_looking_claims_nothing(self, room):
        revision = RevisionFactory()
        assert "Nobody is at work on this." in text_of(room.get(f"/moderation/{revision.pk}/"))
        assert not Claim.objects.exists()

    def test_a_press_claims_and_another_lets_go(self, room):
        revision = RevisionFactory()
        address = f"/moderation/{revision.pk}/claim/"
        response = room.post(f"{address}?then=next", {"do": "claim"}, follow=True)
        assert response.redirect_chain == [(f"/moderation/{revision.pk}/?then=next", 302)]
        assert "You are at work on this, until 12:10 UTC." in text_of(response)
        # A page that stays open would claim it again.
        assert room.post(address, {"do": "release"})["Location"] == "/moderation/"
        assert not Claim.objects.exists()

    @pytest.mark.parametrize("do", ["claim", "take_over"])
    def test_nobody_keeps_their_own_or_what_is_decided(self, room, moderator, do):
        own, decided = RevisionFactory(), RevisionFactory(state="approved", event=EventFactory())
        OrganiserFactory(event=own.event, user=moderator)
        for revision in (own, decided):
            room.post(f"/moderation/{revision.pk}/claim/", {"do": do})
        assert not Claim.objects.exists()

    def test_going_on_lets_the_last_one_go(self, room, moderator):
        revisions = [RevisionFactory(submitted_at=NOW + n * MINUTE) for n in range(3)]
        left = ""
        for revision in [*revisions, *revisions]:
            location = room.post("/moderation/next/", {"after": left})["Location"]
            assert f"/moderation/{revision.pk}/" in location
            assert Claim.objects.get().event == revision.event
            [left] = re.findall(r'name="after" value="([^"]+)"', room.get(location).content.decode())

    def test_what_one_keeps_oneself_is_not_called_somebody_else_s(self, room, moderator):
        revision = RevisionFactory()
        claims.claim(revision.event, by=moderator, now=NOW)
        response = room.post("/moderation/next/", follow=True)
        assert response.redirect_chain[0][0].startswith(f"/moderation/{revision.pk}/")
        assert "Nothing else is left" in text_of(response)

    def test_a_decision_on_the_protest_lets_it_go(self, room, moderator):
        event = EventFactory()
        OrganiserFactory(event=event)
        claims.claim(event, by=moderator, now=NOW)
        room.post(f"/moderation/protests/{event.public_id}/decide/", {"verb": "hide", "reason": "A fake."})
        assert not Claim.objects.exists()

    def test_who_comes_second_sees_until_when_but_not_who_and_can_take_over(self, room, moderator):
        revision, other = RevisionFactory(), UserFactory()
        claims.claim(revision.event, by=other, now=NOW)
        address = f"/moderation/{revision.pk}/claim/"
        page = text_of(room.post(address, {"do": "claim"}, follow=True))
        assert "Another moderator is at work on this, until 12:10 UTC." in page
        assert str(other.email) not in page
        assert holder() == other
        room.post(address, {"do": "take_over"})
        assert holder() == moderator

    def test_a_script_gets_only_the_part(self, room):
        revision = RevisionFactory()
        part = text_of(room.post(f"/moderation/{revision.pk}/claim/", {"do": "claim", "part": "1"}))
        assert part.startswith('<p data-state="mine">')

    def test_of_another_country_is_not_there(self, room):
        revision = RevisionFactory(country="FI")
        assert room.post(f"/moderation/{revision.pk}/claim/").status_code == 404
        assert not Claim.objects.exists()


class TestNext:
    def test_takes_the_oldest_that_is_free(self, room, moderator):
        for minutes, who in ((4, UserFactory()), (3, moderator)):
            taken = RevisionFactory(submitted_at=NOW - minutes * MINUTE)
            claims.claim(taken.event, by=who, now=NOW)
        OrganiserFactory(event=RevisionFactory(submitted_at=NOW - 2 * MINUTE).event, user=moderator)
        free = RevisionFactory(submitted_at=NOW - MINUTE)
        RevisionFactory(submitted_at=NOW - 5 * MINUTE, quarantine="word")
        assert room.post("/moderation/next/").url == f"/moderation/{free.pk}/?then=next"
        assert Claim.objects.get(event=free.event).user == moderator

    def test_takes_sensitive_changes_first(self, room):
        RevisionFactory(submitted_at=NOW - MINUTE)
        urgent = RevisionFactory(event=EventFactory(), number=2, is_sensitive=True)
        assert f"/{urgent.pk}/" in room.post("/moderation/next/").url

    def test_keeps_to_the_filters_decision_after_decision(self, room):
        city = CityFactory(geoname_id=1, name="Gdańsk", slug="gdansk")
        RevisionFactory(title="Elsewhere", submitted_at=NOW - MINUTE)
        here = [RevisionFactory(title=f"Harbour {n}", city=city) for n in (1, 2)]
        at = room.post("/moderation/next/", {"q": "gdansk"}).url
        assert at == f"/moderation/{here[0].pk}/?then=next&q=gdansk"
        decide = f"/moderation/{here[0].pk}/decide/?then=next&q=gdansk"
        assert f'action="{decide}"'.replace("&", "&amp;") in text_of(room.get(at))
        at = room.post(decide, {"verb": "reject", "reason": "No."}).url
        assert at == f"/moderation/{here[1].pk}/?then=next&q=gdansk"
        assert not Claim.objects.filter(event=here[0].event).exists()
        response = room.post(
            f"/moderation/{here[1].pk}/decide/?then=next&q=gdansk", {"verb": "reject", "reason": "No."}, follow=True
        )
        assert response.redirect_chain[-1][0] == "/moderation/?q=gdansk"
        assert "Nothing is left that nobody else is at work on." in text_of(response)

    def test_is_not_for_looking(self, room):
        assert room.get("/moderation/next/").status_code == 405


@pytest.mark.django_db(transaction=True)
def test_twenty_moderators_who_press_at_once_get_twenty_different_ones() -> None:
    campaign, city = CampaignFactory(), CityFactory()
    for _n in range(20):
        RevisionFactory(event__campaign=campaign, city=city)
    people = [CoordinatorFactory(campaign=campaign).user for _n in range(20)]
    taken = at_once(*[lambda who=who: queue.claim_next(who, Filters(), now=NOW) for who in people])
    assert len({revision.pk for revision in taken}) == 20
    assert Claim.objects.count() == 20
    assert queue.claim_next(people[0], Filters(), now=NOW) is None


@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_claim_the_same_one_gets_it() -> None:
    event, people = EventFactory(), [UserFactory() for _n in range(20)]
    won = at_once(*[lambda who=who: claims.claim(event, by=who, now=NOW) for who in people])
    assert won.count(True) == 1
    assert holder() == people[won.index(True)]
