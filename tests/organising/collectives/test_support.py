"""Support, and the public page."""

import datetime as dt

import pytest
from django.test import Client

from events.actions import Refused
from events.models import EventSupport, SiteStamp
from organising.actions import hosting, support
from tests.factories import CollectiveFactory, EventFactory, MembershipFactory
from tests.organising.collectives.founding import page, public

pytestmark = pytest.mark.django_db


class TestSupport:
    def test_is_asked_for_and_confirmed(self, client, event, owner, delivered):
        other = CollectiveFactory(name="Border Choir")
        admin = MembershipFactory(collective=other).user
        client.force_login(owner)
        assert b"Border Choir" in client.get(f"/organise/{event.public_id}/support/?q=choir").content
        for _again in range(2):
            client.post(f"/organise/{event.public_id}/support/", {"do": "ask", "collective": other.public_id})
        assert b"Border Choir" not in Client().get(event.get_absolute_url()).content
        assert [letter.to for letter in delivered()] == [admin.email]
        before = SiteStamp.objects.current()
        client.force_login(admin)
        client.post(page(other), {"do": "confirm", "protest": event.public_id})
        assert b"Border Choir" in Client().get(event.get_absolute_url()).content
        assert SiteStamp.objects.current() > before
        client.post(page(other), {"do": "end", "protest": event.public_id})
        assert b"Border Choir" not in Client().get(event.get_absolute_url()).content

    def test_is_offered_and_confirmed(self, client, event, owner):
        other = CollectiveFactory()
        admin = MembershipFactory(collective=other).user
        client.force_login(admin)
        client.post(page(other), {"do": "offer", "protest": f"https://x.example{event.get_absolute_url()}"})
        assert EventSupport.objects.get().state == "offered"
        with pytest.raises(Refused):
            support.confirm(EventSupport.objects.get(), by=admin)
        client.force_login(owner)
        client.post(f"/organise/{event.public_id}/support/", {"do": "confirm", "collective": other.public_id})
        assert EventSupport.objects.get().state == "confirmed"

    def test_asking_again_after_no_mails_nobody_again(self, event, owner, delivered):
        other = CollectiveFactory()
        MembershipFactory(collective=other)
        for _again in range(3):
            support.end(support.ask(event, other, by=owner), by=owner)
        support.ask(event, other, by=owner)
        assert len(delivered()) == 1

    @pytest.mark.parametrize("state", ["pending", "hidden"])
    def test_only_public_collectives_are_asked(self, event, owner, state):
        other = CollectiveFactory(state=state)
        with pytest.raises(Refused):
            support.ask(event, other, by=owner)

    def test_what_is_typed_to_offer_may_be_anything(self, client, collective, owner):
        client.force_login(owner)
        for typed in ("", "\0", "x" * 5000, "https://evil.example/", "⁦"):
            assert client.post(page(collective), {"do": "offer", "protest": typed}).status_code == 409


class TestPublicPage:
    def test_shows_what_comes_and_what_is_past(self, collective, event, client, owner):
        hosting.set_host(event, collective, by=owner)
        past = EventFactory(title="Long ago", day=dt.date(2027, 8, 1), host=collective)
        EventFactory(title="Secret", state="submitted", host=collective)
        shown = public(client, collective).content.decode()
        assert event.title in shown
        assert past.title not in shown
        assert "Secret" not in shown
        later = client.get(f"{collective.get_absolute_url()}?past=1").content.decode()
        assert past.title in later

    def test_is_cacheable_and_has_one_address(self, collective, client):
        answer = public(client, collective)
        assert "public" in answer["Cache-Control"]
        assert not answer.cookies
        assert 'hreflang="uk"' in answer.content.decode()
        wrong = client.get(collective.get_absolute_url().replace("open-kitchen", "other"))
        assert (wrong.status_code, wrong["Location"]) == (301, collective.get_absolute_url())

    def test_stands_in_the_sitemap_while_public(self, collective, client):
        waits = CollectiveFactory(state="pending", slug="waits")
        shown = client.get("/sitemap-pages.xml").content.decode()
        assert collective.get_absolute_url() in shown
        assert waits.public_id not in shown

    @pytest.mark.parametrize("number", [1, 3])
    def test_takes_the_same_queries_for_any_number(self, collective, client, number, django_assert_num_queries):
        for n in range(number):
            EventFactory(title=f"March {n}", host=collective)
        with django_assert_num_queries(4):
            public(client, collective)
