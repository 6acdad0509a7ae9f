"""Asking to be reminded: one answer for everybody, one mail a day to a mailbox, nothing lost, nothing told."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from events.models import Campaign, Event
from outbox.models import Delivery, Recipient
from reminders import actions
from reminders.actions import Moments, Wish
from reminders.models import Subscription
from reminders.tokens import manage_url
from tests.at_once import at_once
from tests.factories import (
    WEEKS_BEFORE,
    CampaignFactory,
    EventFactory,
    RecipientFactory,
    SubscriptionFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "fresh_limits")]

PAGE = "/en/reminders/"
ALL_MOMENTS = {"week_before": "on", "day_before": "on", "on_the_day": "on"}


@pytest.fixture
def event():
    return EventFactory()


def ask(client, event, address="anna@example.org", language="en", **changes):
    data = {"email": address, **ALL_MOMENTS, **changes}
    return client.post(f"/{language}/reminders/?event={event.public_id}", data)


def wishes():
    return list(Subscription.objects.values_list("recipient__address", "scope", "confirmed_at"))


def confirm_mails():
    return Delivery.objects.filter(letter="confirm").count()


def test_a_wish_waits_for_its_confirmation_and_the_mail_does_not_leave_in_the_request(client, event):
    response = ask(client, event, on_the_day="")
    assert response.status_code == 302
    assert response["Location"] == reverse("reminders:subscribed")
    assert "Look into your mailbox" in client.get(response["Location"]).content.decode()
    wish = Subscription.objects.get()
    assert (wish.event, wish.confirmed_at, wish.on_the_day) == (event, None, False)
    assert [(mail.letter, mail.state) for mail in Delivery.objects.all()] == [("confirm", "queued")]


@pytest.mark.parametrize(
    ("query", "scope", "words"),
    [
        ("?event={event}", "event", "March for freedom of movement"),
        ("?city=pl/warszawa", "city", "All protests in Warszawa"),
        ("?country=pl", "country", "All protests in the country: Poland"),
        ("", "campaign", "All protests of the campaign: 2027"),
    ],
)
def test_each_scope_can_be_followed_and_the_page_says_which(client, event, query, scope, words):
    path = PAGE + query.format(event=event.public_id)
    assert words in client.get(path).content.decode()
    client.post(path, {"email": "anna@example.org", **ALL_MOMENTS})
    assert [one[1] for one in wishes()] == [scope]


@pytest.mark.parametrize("query", ["?event=zzzzzzzz", "?city=pl/nowhere", "?city=pl", "?country=xx", "?event=%00"])
def test_an_unknown_scope_is_not_found(client, event, query):
    assert client.get(PAGE + query).status_code == 404


@pytest.mark.parametrize("state", [Event.State.SUBMITTED, Event.State.HIDDEN, Event.State.WITHDRAWN])
def test_what_is_not_public_cannot_be_followed(client, state):
    event = EventFactory(state=state)
    assert client.get(f"{PAGE}?event={event.public_id}").status_code == 404
    assert ask(client, event).status_code == 404
    assert wishes() == []


def test_without_an_open_edition_there_is_nothing_to_follow(client):
    CampaignFactory(state=Campaign.State.CLOSED)
    assert "Nothing to be reminded of" in client.get(PAGE).content.decode()
    client.post(PAGE, {"email": "anna@example.org"})
    assert wishes() == []


@pytest.mark.parametrize("address", ["", "anna", "anna@", "anna@example", "a\nb@x.org", "x" * 250 + "@example.org"])
def test_a_wrong_address_is_said_beside_the_field_and_the_rest_is_kept(client, event, address):
    response = ask(client, event, address)
    page = response.content.decode()
    assert response.status_code == 200
    assert page.count('id="id_email_error"') == 1
    assert page.count(" checked") == 3
    assert wishes() == []


def test_the_page_asks_for_nothing_to_be_kept_and_sets_one_cookie(client, event):
    response = client.get(f"{PAGE}?event={event.public_id}")
    assert "no-store" in response["Cache-Control"]
    assert set(response.cookies) <= {"csrf", "__Host-csrf"}


def test_the_mail_names_what_was_asked_for_in_the_language_of_the_page(client, event, delivered):
    RecipientFactory(address="anna@example.org", language="uk")
    ask(client, event, language="de")
    (mail,) = delivered()
    assert mail.to == "anna@example.org"
    assert "March for freedom of movement" in mail.text
    assert mail.link("confirm").startswith("/de/reminders/confirm/")


def test_confirming_chooses_the_language_of_the_page(client, event, delivered):
    RecipientFactory(address="anna@example.org", language="uk")
    ask(client, event, language="de")
    (mail,) = delivered()
    client.post(mail.link("confirm"))
    assert Recipient.objects.with_address("anna@example.org").get().language == "de"


def test_an_undisclosed_place_is_not_on_the_page(client):
    event = EventFactory(disclosure="followers", disclose_at=WEEKS_BEFORE, venue="Canary Yard", address="Canary 1")
    assert "Canary" not in client.get(f"{PAGE}?event={event.public_id}").content.decode()


# ---- Once ----


def test_the_same_form_twice_is_one_wish_and_one_mail(client, event):
    for _n in range(5):
        assert ask(client, event).status_code == 302
    assert (len(wishes()), confirm_mails()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_the_same_form_at_once_is_one_wish_and_one_mail():
    wish = Wish(CampaignFactory(), country="PL")
    spellings = ["anna@example.org", "an.na@example.org", "anna+x@example.org", "Anna@Example.org"]
    at_once(
        *[
            lambda address=address: actions.subscribe(wish, address, moments=Moments(), language="en")
            for address in spellings
        ]
    )
    assert confirm_mails() == 1
    assert Subscription.objects.count() == 3


def test_a_wish_that_waits_is_renewed_by_asking_again(client, event, clock):
    ask(client, event)
    clock.shift(timedelta(hours=47))
    ask(client, event, week_before="")
    wish = Subscription.objects.get()
    assert (wish.created_at, wish.week_before) == (timezone.now(), False)
    assert confirm_mails() == 2


def test_strangers_do_not_change_what_somebody_has_confirmed(client, event):
    followed = SubscriptionFactory(event=event, recipient=RecipientFactory(address="anna@example.org"))
    ask(client, event, week_before="", day_before="", on_the_day="")
    followed.refresh_from_db()
    assert (followed.week_before, followed.day_before, followed.on_the_day) == (True, True, True)


def test_who_asks_for_what_is_on_already_gets_the_way_to_it(client, event, delivered):
    followed = SubscriptionFactory(event=event, recipient=RecipientFactory(address="anna@example.org"))
    ask(client, event)
    (mail,) = delivered()
    assert mail.subject == "Your reminders are on already"
    assert client.get(mail.link("reminders/")).status_code == 200
    assert "/confirm/" not in mail.text
    assert manage_url(followed.recipient).rsplit(":", 2)[0] in mail.text


def test_later_wishes_join_the_one_that_waits(client, event, delivered):
    ask(client, event)
    later = EventFactory(title="Vigil at the river")
    (mail,) = delivered()
    ask(client, later)
    assert len(delivered()) == 1
    assert "Vigil at the river" in client.get(mail.link("confirm")).content.decode()
    client.post(mail.link("confirm"))
    assert Subscription.objects.confirmed().count() == 2


@pytest.mark.parametrize("refused", ["suspended_at", "never_again_at"])
def test_nothing_is_kept_for_and_sent_to_an_address_that_takes_no_mail(client, event, refused):
    RecipientFactory(address="anna@example.org", **{refused: WEEKS_BEFORE})
    assert ask(client, event).status_code == 302
    assert (wishes(), Delivery.objects.count()) == ([], 0)


# ---- Enumeration (SECURITY R4) ----


def known(_event):
    RecipientFactory(address="anna@example.org")


def waiting(event):
    SubscriptionFactory(event=event, recipient=RecipientFactory(address="anna@example.org"))
    Subscription.objects.update(confirmed_at=None)


def following(event):
    SubscriptionFactory(event=event, recipient=RecipientFactory(address="anna@example.org"))


def mailed_today(event):
    actions.subscribe(Wish(event.campaign, event=event), "anna@example.org", moments=Moments(), language="en")


def suspended(_event):
    RecipientFactory(address="anna@example.org", suspended_at=WEEKS_BEFORE)


def never_again(_event):
    RecipientFactory(address="anna@example.org", never_again_at=WEEKS_BEFORE)


def answer_to(client, event, address):
    with CaptureQueriesContext(connection) as queries:
        response = ask(client, event, address)
    headers = sorted(response.headers.items())
    return response.status_code, response.content, headers, [query["sql"][:25] for query in queries]


@pytest.mark.parametrize("prepare", [known, waiting, following, mailed_today, suspended, never_again])
def test_the_answer_and_its_statements_are_the_same_for_every_address(client, event, prepare):
    stranger = answer_to(client, event, "nobody@example.org")
    prepare(event)
    assert answer_to(client, event, "anna@example.org") == stranger


# ---- Limits, Redis away, programs ----


def test_a_network_that_asks_too_often_is_told_to_wait_and_loses_nothing(client, event):
    client.defaults["REMOTE_ADDR"] = "198.51.100.7"
    answers = [ask(client, event, f"person{n}@example.org") for n in range(32)]
    assert {answer.status_code for answer in answers[:30]} == {302}
    last = answers[-1]
    assert last.status_code == 429
    assert int(last["Retry-After"]) > 0
    assert "person31@example.org" in last.content.decode()
    client.defaults["REMOTE_ADDR"] = "198.51.101.7"
    assert ask(client, event, "other@example.org").status_code == 302


def test_without_redis_the_form_comes_back_filled_in(client, event, redis_away):
    response = ask(client, event, day_before="")
    page = response.content.decode()
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0
    assert 'value="anna@example.org"' in page
    assert page.count(" checked") == 2
    assert wishes() == []


def test_a_program_that_fills_in_everything_gets_the_same_answer_and_nothing_happens(client, event):
    response = ask(client, event, nickname="Anna")
    assert (response.status_code, response["Location"]) == (302, reverse("reminders:subscribed"))
    assert (wishes(), Delivery.objects.count()) == ([], 0)


def test_the_form_needs_its_token(strict_client, event):
    assert strict_client.post(f"{PAGE}?event={event.public_id}", {"email": "anna@example.org"}).status_code == 403
    assert wishes() == []


def test_other_methods_are_refused(client, event):
    for method in ("put", "delete", "patch"):
        assert getattr(client, method)(PAGE).status_code == 405


def test_organisers_see_how_many_follow():
    event, lonely = EventFactory(), EventFactory()
    for _n in range(3):
        SubscriptionFactory(event=event)
    SubscriptionFactory(event=event)
    Subscription.objects.filter(pk=Subscription.objects.latest("pk").pk).update(confirmed_at=None)
    assert Subscription.objects.counted_by_event([event, lonely]) == {event.pk: 3}
