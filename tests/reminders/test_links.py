"""The links in mails: they open what they are for, as long as it lives, and a mail scanner changes nothing."""

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client

from accounts.models import User
from events.actions import SECOND_THOUGHTS
from events.models import Event
from outbox.models import Delivery, Recipient
from reminders import actions
from reminders.actions import Moments, Wish
from reminders.models import Subscription
from reminders.notices import notice_changes
from reminders.planning import plan
from reminders.tokens import confirm_url, leave_urls, manage_url
from tests.factories import (
    WEEKS_BEFORE,
    CampaignFactory,
    CityFactory,
    EventFactory,
    RecipientFactory,
    SubscriptionFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def anna():
    return RecipientFactory(address="anna@example.org")


def wish_for(recipient, event=None, **values):
    """A wish that waits to be confirmed."""
    event = event or EventFactory()
    actions.subscribe(Wish(event.campaign, event=event), recipient.address, moments=Moments(), language="en")
    return Subscription.objects.get(recipient=recipient, event=event)


def path_of(url):
    return re.sub(r"^https?://[^/]+", "", url)


def confirm_path(recipient):
    return path_of(confirm_url(recipient, "en"))


def manage_path(recipient):
    return path_of(manage_url(recipient))


def leave_path(*subscriptions):
    return path_of(leave_urls(list(subscriptions), subscriptions[0].recipient)[0])


def one_click_path(*subscriptions):
    return path_of(leave_urls(list(subscriptions), subscriptions[0].recipient)[1])


def followed():
    return Subscription.objects.confirmed().count()


# ---- Confirm ----


def test_a_look_confirms_nothing_and_the_button_everything(client, anna):
    wish_for(anna)
    wish_for(anna)
    page = client.get(confirm_path(anna))
    assert (page.status_code, followed()) == (200, 0)
    assert "no-store" in page["Cache-Control"]
    answer = client.post(confirm_path(anna), follow=True)
    assert followed() == 2
    assert "Confirmed. Your reminders are on." in answer.content.decode()


def test_the_button_works_once_and_the_second_press_says_so(client, anna):
    wish = wish_for(anna)
    path = confirm_path(anna)
    client.post(path)
    confirmed_at = Subscription.objects.get(pk=wish.pk).confirmed_at
    for answer in (client.post(path), client.get(path)):
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "Confirmed already" in page
        assert "See or change them" in page
    assert Subscription.objects.get(pk=wish.pk).confirmed_at == confirmed_at


def test_a_link_to_confirm_lives_for_48_hours(client, anna, clock):
    wish_for(anna)
    path = confirm_path(anna)
    clock.shift(timedelta(hours=47, minutes=59))
    assert client.get(path).status_code == 200
    clock.shift(timedelta(minutes=2))
    answer = client.post(path)
    assert (answer.status_code, followed()) == (404, 0)
    assert "This link does not work" in answer.content.decode()


def test_a_used_link_does_not_confirm_what_comes_later(client, anna, clock):
    """Whoever reads old mail in two days' time finds a dead link."""
    wish_for(anna)
    path = confirm_path(anna)
    client.post(path)
    clock.shift(timedelta(hours=49))
    wish_for(anna)
    assert client.post(path).status_code == 404
    assert followed() == 1


def test_wishes_run_out_even_before_they_are_deleted(client, anna, clock):
    wish_for(anna)
    clock.shift(timedelta(hours=30))
    wish_for(anna)
    path = confirm_path(anna)
    clock.shift(timedelta(hours=20))
    client.post(path)
    assert followed() == 1


# ---- Wrong links ----


def other_purpose(subscription):
    return signing.dumps(subscription.recipient_id, salt="reminders.other")


def changed(subscription):
    token = manage_path(subscription.recipient).rstrip("/").rsplit("/", 1)[1]
    return ("a" if token[0] != "a" else "b") + token[1:]


def cut(subscription):
    return manage_path(subscription.recipient).rstrip("/").rsplit("/", 1)[1][:-3]


def of_another_link(subscription):
    return leave_path(subscription).rstrip("/").rsplit("/", 1)[1]


def nonsense(_subscription):
    return "%E2%80%AE"


@pytest.mark.parametrize("page", ["", "confirm/"])
@pytest.mark.parametrize("make", [other_purpose, changed, cut, of_another_link, nonsense])
def test_a_link_that_is_not_ours_gets_one_clear_page(client, page, make):
    subscription = SubscriptionFactory()
    for method in (client.get, client.post):
        answer = method(f"/en/reminders/{page}{make(subscription)}/")
        assert answer.status_code == 404
        assert "This link does not work" in answer.content.decode()
    assert followed() == 1


@pytest.mark.parametrize("page", ["leave/", "one-click/"])
@pytest.mark.parametrize("make", [other_purpose, changed, cut, nonsense])
def test_a_link_to_leave_that_is_not_ours_ends_nothing(client, page, make):
    subscription = SubscriptionFactory()
    assert client.post(f"/en/reminders/{page}{make(subscription)}/").status_code == 404
    assert followed() == 1


def test_a_manage_link_does_not_open_the_page_to_leave(client):
    subscription = SubscriptionFactory()
    token = manage_path(subscription.recipient).rstrip("/").rsplit("/", 1)[1]
    for page in ("leave", "one-click", "confirm"):
        assert client.post(f"/en/reminders/{page}/{token}/").status_code == 404
    assert followed() == 1


def test_links_work_as_long_as_the_subscription_lives(client, clock):
    subscription = SubscriptionFactory()
    paths = [manage_path(subscription.recipient), leave_path(subscription)]
    clock.shift(timedelta(days=400))
    assert [client.get(path).status_code for path in paths] == [200, 200]
    subscription.delete()
    assert [client.get(path).status_code for path in paths] == [404, 404]


# ---- Manage ----


def manage(client, recipient, **data):
    return client.post(manage_path(recipient), data)


def test_a_follower_reads_the_place_that_only_followers_may_know(client):
    event = EventFactory(disclosure="followers", disclose_at=WEEKS_BEFORE - timedelta(days=1), venue="Canary Yard")
    subscription = SubscriptionFactory(event=event)
    assert "Canary Yard" in client.get(manage_path(subscription.recipient)).content.decode()


def test_a_place_that_is_not_open_yet_is_not_on_the_page(client):
    event = EventFactory(disclosure="followers", disclose_at=WEEKS_BEFORE + timedelta(days=1), venue="Canary Yard")
    subscription = SubscriptionFactory(event=event)
    assert "Canary" not in client.get(manage_path(subscription.recipient)).content.decode()


def test_a_wish_that_waits_shows_no_place_for_followers(client, anna):
    event = EventFactory(disclosure="followers", disclose_at=WEEKS_BEFORE - timedelta(days=1), venue="Canary Yard")
    wish_for(anna, event)
    for path in (manage_path(anna), confirm_path(anna)):
        assert "Canary" not in client.get(path).content.decode()


def test_the_moments_can_be_changed(client):
    subscription = SubscriptionFactory()
    manage(client, subscription.recipient, do="moments", subscription=subscription.pk, day_before="on")
    subscription.refresh_from_db()
    assert (subscription.week_before, subscription.day_before, subscription.on_the_day) == (False, True, False)


def test_what_waits_can_be_confirmed_here_too(client, anna):
    SubscriptionFactory(recipient=anna)
    wish_for(anna)
    assert "Waiting for your yes" in client.get(manage_path(anna)).content.decode()
    manage(client, anna, do="confirm")
    assert followed() == 2


def test_one_of_two_can_be_stopped(client, anna):
    stopped, kept = SubscriptionFactory(recipient=anna), SubscriptionFactory(recipient=anna)
    answer = manage(client, anna, do="leave", subscription=stopped.pk)
    assert answer.status_code == 302
    assert list(Subscription.objects.all()) == [kept]
    assert manage(client, anna, do="leave", subscription=stopped.pk).status_code == 302
    assert list(Subscription.objects.all()) == [kept]


def test_all_can_be_stopped(client, anna):
    SubscriptionFactory(recipient=anna)
    wish_for(anna)
    answer = client.post(manage_path(anna), {"do": "leave_all"}, follow=True)
    assert "You get no more of these mails." in answer.content.decode()
    assert Subscription.objects.count() == 0


def test_nobody_changes_what_somebody_else_follows(client, anna):
    SubscriptionFactory(recipient=anna)
    other = SubscriptionFactory()
    for do in ("leave", "moments"):
        manage(client, anna, do=do, subscription=other.pk)
    other.refresh_from_db()
    assert other.week_before is True


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"do": "dance"},
        {"do": "leave"},
        {"do": "leave", "subscription": "x"},
        {"do": "language"},
        {"do": "language", "language": "xx"},
        {"do": "moments", "subscription": "9" * 40},
    ],
)
def test_a_button_that_does_not_exist_does_nothing(client, data):
    subscription = SubscriptionFactory()
    assert manage(client, subscription.recipient, **data).status_code == 302
    assert followed() == 1


def test_the_language_can_be_chosen(client, anna):
    SubscriptionFactory(recipient=anna)
    answer = manage(client, anna, do="language", language="fi")
    anna.refresh_from_db()
    assert anna.language == "fi"
    assert "/fi/reminders/" in answer["Location"]


def test_never_again_leaves_the_hash_alone_and_keeps_strangers_from_signing_up(client, anna):
    subscription = SubscriptionFactory(recipient=anna)
    path = manage_path(anna)
    plan(subscription.event.starts_at - timedelta(hours=3, minutes=5))
    client.post(path, {"do": "never_again"})
    kept = Recipient.objects.get(pk=anna.pk)
    assert (kept.address, Subscription.objects.count()) == ("", 0)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"skipped"}
    assert client.get(path).status_code == 404
    actions.subscribe(Wish(CampaignFactory()), "Anna@example.org", moments=Moments(), language="en")
    kept.refresh_from_db()
    assert (kept.address, Subscription.objects.count()) == ("", 0)


def test_somebody_who_never_asked_can_say_never_again_from_the_first_mail(client, anna, delivered):
    wish_for(anna)
    (mail,) = delivered()
    manage_link = next(
        path_of(url) for url in re.findall(r"https?://\S+", mail.text) if "confirm" not in url and "reminders" in url
    )
    assert "Never write to me again" in client.get(manage_link).content.decode()
    client.post(manage_link, {"do": "never_again"})
    assert Recipient.objects.get(pk=anna.pk).never_again_at == WEEKS_BEFORE


def test_an_organiser_who_stops_all_keeps_getting_codes(client):
    user = UserFactory()
    SubscriptionFactory(recipient=user.recipient)
    assert "Never write" not in client.get(manage_path(user.recipient)).content.decode()
    manage(client, user.recipient, do="never_again")
    assert Subscription.objects.count() == 0
    assert User.objects.get(pk=user.pk).recipient.is_reachable


def test_the_page_takes_no_more_queries_for_more_that_is_followed(client, anna, django_assert_num_queries):
    SubscriptionFactory(recipient=anna)
    path = manage_path(anna)
    client.get(path)
    with django_assert_num_queries(5) as few:
        client.get(path)
    for _n in range(3):
        SubscriptionFactory(recipient=anna, event=EventFactory(city=CityFactory(geoname_id=_n + 1, slug=f"c{_n}")))
    with django_assert_num_queries(len(few)):
        client.get(path)


# ---- Leave ----


def test_a_look_at_the_link_to_leave_ends_nothing(client):
    subscription = SubscriptionFactory()
    page = client.get(leave_path(subscription))
    assert (page.status_code, followed()) == (200, 1)
    assert subscription.event.title in page.content.decode()
    client.post(leave_path(subscription))
    assert followed() == 0


def test_the_link_ends_only_what_brought_the_mail(client, anna):
    brought, other = SubscriptionFactory(recipient=anna), SubscriptionFactory(recipient=anna)
    client.post(leave_path(brought))
    assert list(Subscription.objects.all()) == [other]


def test_one_click_works_without_cookie_and_token_of_a_form():
    subscription = SubscriptionFactory()
    mail_program = Client(enforce_csrf_checks=True)
    answer = mail_program.post(one_click_path(subscription), {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, followed()) == (200, 0)
    assert not answer.cookies


def test_one_click_by_a_look_ends_nothing(client):
    subscription = SubscriptionFactory()
    page = client.get(one_click_path(subscription), follow=True)
    assert (page.status_code, followed()) == (200, 1)


def test_the_page_to_leave_needs_the_token_of_its_form(strict_client):
    subscription = SubscriptionFactory()
    for path in (leave_path(subscription), manage_path(subscription.recipient), confirm_path(subscription.recipient)):
        assert strict_client.post(path, {"do": "leave_all"}).status_code == 403
    assert followed() == 1


# ---- Every letter ----


def test_a_scanner_that_opens_every_link_twice_changes_nothing(client, anna, delivered, clock):
    event = EventFactory(created_at=WEEKS_BEFORE - timedelta(days=9))
    SubscriptionFactory(recipient=anna, event=event)
    for scope, values in [("city", {"city": event.city}), ("country", {"country": "PL"}), ("campaign", {})]:
        SubscriptionFactory(recipient=RecipientFactory(), event=None, campaign=event.campaign, scope=scope, **values)
    newcomer = RecipientFactory()
    start = event.starts_at
    clock.move_to(start - timedelta(hours=3))
    wish_for(newcomer, event)
    plan(start - timedelta(hours=3))
    event.changes.create(kind="moved", at=start - timedelta(hours=3))
    notice_changes(start - timedelta(hours=3) + SECOND_THOUGHTS)
    mails = delivered()
    clock.move_to(start - timedelta(hours=2))
    mails = delivered()
    assert set(Delivery.objects.values_list("letter", flat=True)) == {
        "confirm",
        "reminder",
        "digest",
        "notice",
        "changes",
    }
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    before = list(Subscription.objects.order_by("pk").values())
    people = list(Recipient.objects.order_by("pk").values())
    links = set()
    for mail in mails:
        links |= set(
            re.findall(r"https?://[^\s\"<>]+", f"{mail.text} {mail.html} {mail.message['List-Unsubscribe'] or ''}")
        )
    assert len(links) > 8
    for link in links:
        for method in (client.get, client.head, client.get, client.head):
            assert method(path_of(link) or "/", follow=True).status_code == 200, link
    assert list(Subscription.objects.order_by("pk").values()) == before
    assert list(Recipient.objects.order_by("pk").values()) == people


def test_every_letter_but_the_first_can_be_left_by_one_click(client, anna, delivered, clock):
    event = EventFactory(created_at=WEEKS_BEFORE - timedelta(days=9))
    SubscriptionFactory(recipient=anna, event=None, campaign=event.campaign, scope="country", country="PL")
    SubscriptionFactory(recipient=anna, event=None, campaign=event.campaign, scope="campaign")
    clock.move_to(event.starts_at - timedelta(hours=3))
    plan(event.starts_at - timedelta(hours=3))
    (mail, *_others) = delivered()
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = path_of(mail.message["List-Unsubscribe"].strip("<> "))
    client.post(path, {"List-Unsubscribe": "One-Click"})
    assert followed() == 0


@pytest.mark.parametrize("state", [Event.State.HIDDEN, Event.State.CANCELLED])
def test_the_page_of_a_follower_says_what_became_of_the_protest(client, state):
    subscription = SubscriptionFactory(event=EventFactory(state=state, cancel_reason="Storm"))
    page = client.get(manage_path(subscription.recipient)).content.decode()
    assert ("no longer listed" in page, "Storm" in page) == (state == "hidden", state == "cancelled")


def test_the_buttons_stay_on_the_host_on_which_the_page_was_opened(client: Client, anna: Recipient) -> None:
    wish_for(anna)

    confirmed = client.post(confirm_path(anna))
    in_german = client.post(manage_path(anna), {"do": "language", "language": "de"})

    assert confirmed.headers["Location"].startswith("/en/reminders/")
    assert in_german.headers["Location"].startswith("/de/reminders/")
