"""An organisation signs the appeal: one answer for everybody, one mail a day, and nothing public before a moderator."""

import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry
from events import sign_ons, tasks, tokens
from events.models import Campaign, SignOn, SiteStamp
from events.sign_ons import Signature
from moderation.sign_ons import publish_sign_on
from outbox.models import Delivery, Recipient
from reminders import tasks as reminders
from tests.factories import (
    WEEKS_BEFORE,
    CampaignCountryFactory,
    CampaignFactory,
    CampaignTextFactory,
    RecipientFactory,
    SignOnFactory,
    ThreadFactory,
    UserFactory,
)
from tests.guards import guards, stamp

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]

FORM, LIST = "/en/appeal/sign/", "/en/appeal/"
ADDRESS = "anna@example.org"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(WEEKS_BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def campaign():
    campaign = CampaignFactory()
    CampaignCountryFactory(campaign=campaign)
    CampaignTextFactory(campaign=campaign, appeal="We ask you to end it.")
    return campaign


def answers(**changes):
    return {"name": "Café für Alle", "city": "Warszawa", "country": "PL", "website": "", "email": ADDRESS} | {
        **guards(),
        **changes,
    }


def sign(client, language="en", **changes):
    return client.post(f"/{language}/appeal/sign/", answers(**changes))


def states():
    return list(SignOn.objects.order_by("pk").values_list("name", "state"))


def asked():
    return Delivery.objects.filter(letter="sign_on").count()


def own_page(address=ADDRESS):
    url = tokens.sign_ons_url(RecipientFactory(address=address), "en")
    return url.removeprefix(settings.SITE_URL)


def test_from_the_form_over_the_mail_and_the_moderators_below_the_appeal_and_off_again(client, delivered):
    response = sign(client, website="cafe.example.org/about")
    assert (response.status_code, response["Location"]) == (302, "/en/appeal/sign/sent/")
    assert "Look into your mailbox" in client.get(response["Location"]).content.decode()
    assert states() == [("Café für Alle", "unconfirmed")]
    (mail,) = delivered()
    assert mail.to == ADDRESS
    assert "Café für Alle" in mail.text
    link = mail.link("appeal/sign")

    before = SiteStamp.objects.current()
    for _n in range(2):
        assert "Yes, we sign" in client.get(link).content.decode()
        client.head(link)
    assert states() == [("Café für Alle", "unconfirmed")]
    client.post(link, {"do": "confirm"})
    assert states() == [("Café für Alle", "pending")]
    assert "Moderators look at it" in client.get(link).content.decode()
    assert "Café" not in client.get(LIST).content.decode()
    assert SiteStamp.objects.current() == before

    publish_sign_on(SignOn.objects.get(), by=UserFactory(is_superuser=True))
    page = client.get(LIST).content.decode()
    assert "1 organisation has signed" in page
    assert "Café für Alle" in page
    assert 'href="https://cafe.example.org/about"' in page
    assert ">cafe.example.org</a>" in page
    assert SiteStamp.objects.current() > before

    published = SiteStamp.objects.current()
    told = delivered()[-1]
    assert told.to == ADDRESS
    row = SignOn.objects.get().pk
    client.get(told.link("appeal/sign"))
    assert states() == [("Café für Alle", "published")]
    client.post(told.link("appeal/sign"), {"do": "withdraw", "sign_on": row})
    assert states() == [("Café für Alle", "withdrawn")]
    assert SiteStamp.objects.current() > published
    assert "Café" not in client.get(LIST).content.decode()
    assert "taken the name back" in client.get(link).content.decode()
    client.post(link, {"do": "confirm"})
    client.post(link, {"do": "withdraw", "sign_on": row})
    assert states() == [("Café für Alle", "withdrawn")]
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")][-2:] == [
        "sign-on published",
        "sign-on withdrawn",
    ]
    assert ADDRESS not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_mail_is_in_the_language_of_the_page_in_text_and_html(client, delivered, language):
    RecipientFactory(address=ADDRESS, language="uk")
    sign(client, language=language, name="Rock & <Roll>")
    (mail,) = delivered()
    assert f"/{language}/appeal/" in mail.text
    assert "Rock & <Roll>" in mail.text
    assert "Rock &amp; &lt;Roll&gt;" in mail.html
    assert mail.link("appeal/sign") in mail.html


def test_known_and_unknown_addresses_get_the_same_answer_and_the_same_queries(client):
    UserFactory(email="known@example.org")
    SignOnFactory(recipient=RecipientFactory(address="signed@example.org"), state="published")
    RecipientFactory(address="never@example.org", never_again_at=WEEKS_BEFORE)
    RecipientFactory(address="suspended@example.org", suspended_at=WEEKS_BEFORE)
    sign(client)
    seen = set()
    for number, who in enumerate(["known", "signed", "never", "suspended", "anna", "new"]):
        form = answers(name=f"Group {number}", email=f"{who}@example.org")
        with CaptureQueriesContext(connection) as queries:
            response = client.post(FORM, form)
        headers = tuple(sorted((name, value) for name, value in response.headers.items()))
        seen.add((response.status_code, response.content, headers, len(queries)))
    assert len(seen) == 1
    assert {row.recipient.address for row in SignOn.objects.filter(name__in=["Group 2", "Group 3"])} == set()


def test_one_mailbox_is_asked_once_a_day_however_it_is_spelt(client, clock):
    for number, address in enumerate([ADDRESS, "ANNA@example.org", "a.n.n.a@example.org", "anna+x@example.org"]):
        assert sign(client, name=f"Group {number}", email=address).status_code == 302
    assert asked() == 1
    for _day in range(6):
        clock.shift(timedelta(days=1))
        sign(client)
    assert asked() == 3


def test_the_one_mail_names_all_that_was_signed_meanwhile_and_one_press_confirms_it(client, delivered):
    sign(client, name="First")
    sign(client, name="Second")
    (mail,) = delivered()
    assert "- First\n- Second\n" in mail.text
    client.post(mail.link("appeal/sign"), {"do": "confirm"})
    assert states() == [("First", "pending"), ("Second", "pending")]


def test_one_address_cannot_fill_the_queue(client):
    for number in range(12):
        sign(client, name=f"Group {number}")
    assert SignOn.objects.count() == sign_ons.MOST_WAITING


def test_a_sign_on_does_not_use_up_the_daily_mail_of_reminders(client):
    sign(client)
    client.post("/en/reminders/", {"email": ADDRESS, "week_before": "on"})
    assert sorted(Delivery.objects.values_list("letter", flat=True)) == ["confirm", "sign_on"]


def test_a_network_that_asks_too_often_waits_and_loses_nothing(client):
    for number in range(20):
        sign(client, email=f"person{number}@example.org")
    response = sign(client, name="Late but keen", email="late@example.org")
    page = response.content.decode()
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert 'value="Late but keen"' in page
    assert 'value="late@example.org"' in page
    assert not SignOn.objects.filter(name="Late but keen").exists()


def test_without_redis_the_form_comes_back_filled_in(client, redis_away):
    response = sign(client, name="Keep me", website="https://keep.example.org/")
    page = response.content.decode()
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    for typed in ("Keep me", "Warszawa", "https://keep.example.org/", ADDRESS):
        assert f'value="{typed}"' in page
    assert '<option value="PL" selected' in page
    assert (SignOn.objects.count(), Delivery.objects.count(), Recipient.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("fault", [{"nickname": "bot"}, {"started": ""}, {"started": "forged"}])
def test_robots_are_asked_again_and_people_lose_nothing(client, clock, fault):
    page = sign(client, **fault)
    assert page.status_code == 200
    assert (SignOn.objects.count(), Delivery.objects.count()) == (0, 0)
    clock.shift(10)
    again = {**answers(**fault), "nickname": "", "started": page.context["form"]["started"].value()}
    assert client.post(FORM, again).status_code == 302


def test_whoever_is_too_fast_is_asked_to_press_again(client, clock):
    form = answers(started=stamp(seconds_ago=0))
    assert "very quick" in client.post(FORM, form).content.decode()
    clock.shift(10)
    assert client.post(FORM, form).status_code == 302


def test_the_same_form_five_times_is_one_row_and_one_mail(client):
    form = answers()
    for _n in range(5):
        assert client.post(FORM, form).status_code == 302
    assert (SignOn.objects.count(), asked()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_are_one_row_and_one_mail(campaign):
    start = threading.Barrier(2)

    def press():
        start.wait()
        sign_ons.sign(campaign, Signature("Café", "Warszawa", "PL"), ADDRESS, language="en")
        connection.close()

    threads = [threading.Thread(target=press) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (SignOn.objects.count(), asked()) == (1, 1)


def test_a_name_stands_once_however_it_is_written(client):
    SignOnFactory(name="CAFE FUR ALLE", state="published")
    sign(client)
    page = client.get(own_page()).content.decode()
    assert "has signed already" in page
    assert "Yes, we sign" not in page
    client.post(own_page(), {"do": "confirm"})
    assert states() == [("CAFE FUR ALLE", "published"), ("Café für Alle", "unconfirmed")]


def test_a_stranger_does_not_block_a_name(client):
    sign(client, email="troll@example.org")
    sign(client)
    client.post(own_page(), {"do": "confirm"})
    assert SignOn.objects.get(state="pending").recipient.address == ADDRESS


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "\u200b\u202e "),
        ("name", "..."),
        ("name", "Win at https://evil.example"),
        ("name", "Win at WWW.evil.example"),
        ("name", "Win at evil.example/now"),
        ("name", "Write to evil@example.org"),
        ("name", "x" * 121),
        ("city", ""),
        ("country", "XX"),
        ("country", ""),
        ("website", "javascript:alert(1)"),
        ("website", "JaVaScRiPt://example.org/%0aalert(1)"),
        ("website", "data:text/html,x"),
        ("website", "ftp://example.org/"),
        ("website", "https://good.example@evil.example/"),
        ("website", "https://x.org/" + "a" * 300),
        ("email", "anna@example.org\r\nBcc: b@example.org"),
        ("email", "nonsense"),
        ("email", ""),
    ],
)
def test_what_cannot_be_taken_is_said_beside_the_field(client, field, value):
    page = sign(client, **{field: value})
    assert page.status_code == 200
    assert list(page.context["form"].errors) == [field]
    assert (SignOn.objects.count(), Delivery.objects.count()) == (0, 0)


HOSTILE = [
    "A\r\nBcc: evil",
    "A\u000bB\u000cC\u0085D\u2028E",
    "A\u202eB\u200bC",
    "<script>alert(1)</script>",
    "{{ settings.SECRET_KEY }} %(name)s {0}",
    "=HYPERLINK(1)",
    "ﷺ" * 120,
    "𝔄" * 120,
    "ß" * 120,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(client, delivered, name):
    sign(client, name=name, city=name[:80])
    (mail,) = delivered()
    assert set(mail.message.keys()).isdisjoint({"Bcc", "Cc"})
    client.post(mail.link("appeal/sign"), {"do": "confirm"})
    publish_sign_on(SignOn.objects.get(), by=UserFactory(is_superuser=True))
    told = delivered()[-1]
    assert "\n" not in told.subject
    assert set(told.message.keys()).isdisjoint({"Bcc", "Cc"})
    page = client.get(LIST).content.decode()
    for text in (page, mail.html, told.html):
        assert "<script>alert" not in text
        assert re.search("[\u0000\u000b\u000c\u0085\u2028\u202e\u200b]", text) is None


@pytest.mark.parametrize(
    "name", ["Attac.de", "A/B e.V.", "Nr. 5 – Für alle!", "ГО «Право на рух»", "لا حدود", "7amleh"]
)
def test_unusual_names_are_names(client, name):
    sign(client, name=name)
    assert states() == [(name, "unconfirmed")]


@pytest.mark.parametrize("wrong", ["changed", "thread", "nobody", "nonsense"])
def test_a_wrong_link_is_explained_and_does_nothing(client, wrong):
    sign(client)
    right = own_page()
    page = {
        "changed": right[:-2] + ("A" if right[-2] != "A" else "B") + "/",
        "thread": "/en/appeal/sign/" + tokens.thread_url(ThreadFactory()).rstrip("/").rpartition("/")[2] + "/",
        "nobody": own_page("nobody@example.org"),
        "nonsense": "/en/appeal/sign/nonsense/",
    }[wrong]
    for response in (client.get(page), client.post(page, {"do": "confirm"})):
        assert response.status_code == 404
        assert "no-store" in response["Cache-Control"]
    assert states() == [("Café für Alle", "unconfirmed")]


@pytest.mark.parametrize("chosen", ["", "x", "-1", "9" * 30, "²"])
def test_only_own_signatures_are_taken_back(client, chosen):
    other = SignOnFactory(state="published")
    SignOnFactory(recipient=RecipientFactory(address=ADDRESS), state="published")
    for pick in (chosen, other.pk):
        assert client.post(own_page(), {"do": "withdraw", "sign_on": pick}).status_code == 302
    assert [state for _name, state in states()] == ["published", "published"]


def test_the_link_confirms_for_48_hours(client, clock):
    sign(client)
    clock.shift(timedelta(hours=48, seconds=1))
    assert client.post(own_page(), {"do": "confirm"}).status_code == 404
    assert states() == [("Café für Alle", "unconfirmed")]


def test_never_again_forgets_address_and_signature_and_asks_no_more(client, clock):
    sign(client)
    page = own_page()
    client.post(page, {"do": "never_again"})
    assert (SignOn.objects.count(), Recipient.objects.get().address) == (0, "")
    assert client.get(page).status_code == 404
    clock.shift(timedelta(days=2))
    assert sign(client).status_code == 302
    assert (SignOn.objects.count(), Recipient.objects.get().address) == (0, "")
    assert Delivery.objects.exclude(state="skipped").count() == 0


def test_never_again_leaves_a_public_name_and_ends_its_link(client):
    recipient = RecipientFactory(address=ADDRESS)
    sign_on = SignOnFactory(recipient=recipient, state="published")
    page = own_page()
    client.post(page, {"do": "never_again"})
    assert Recipient.objects.get().address == ""
    assert client.post(page, {"do": "withdraw", "sign_on": sign_on.pk}).status_code == 404
    assert [state for _name, state in states()] == ["published"]


def test_unconfirmed_names_and_the_address_behind_them_go_after_48_hours(client, clock, delivered):
    sign(client)
    delivered()
    clock.shift(timedelta(hours=47))
    tasks.forget()
    reminders.forget()
    assert (SignOn.objects.count(), Recipient.objects.get().address) == (1, ADDRESS)
    clock.shift(timedelta(hours=2))
    tasks.forget()
    reminders.forget()
    assert (SignOn.objects.count(), Recipient.objects.get().address) == (0, "")


def test_fourteen_days_after_the_edition_the_name_stays_and_the_person_is_forgotten(client, clock):
    for state in ("published", "pending", "refused", "withdrawn"):
        SignOnFactory(name=state, state=state, reason="Why")
    published = SignOn.objects.get(state="published")
    page = own_page(published.recipient.address)
    clock.move_to(datetime(2027, 10, 27, 12, tzinfo=UTC))
    tasks.forget()
    assert SignOn.objects.filter(recipient=None).count() == 0
    clock.move_to(datetime(2027, 10, 28, 12, tzinfo=UTC))
    tasks.forget()
    reminders.forget()
    assert states() == [("published", "published")]
    published.refresh_from_db()
    assert (published.recipient, published.reason, Recipient.objects.count()) == (None, "", 0)
    assert client.get(page).status_code == 404
    assert "published" in client.get(LIST).content.decode()


def test_no_page_tells_the_address_of_a_signer(client):
    for state in SignOn.State.values:
        SignOnFactory(state=state, recipient=RecipientFactory(address=f"canary-{state}@example.org"))
    SignOn.objects.update(confirmed_at=timezone.now())
    superuser = Client()
    superuser.force_login(UserFactory(is_superuser=True))
    pages = [client.get(path) for path in (LIST, FORM, "/en/", *map(own_page, ["canary-published@example.org"]))]
    pages += [superuser.get("/moderation/sign-ons/")]
    for page in pages:
        assert page.status_code == 200
        assert "canary" not in page.content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT r::text FROM outbox_recipient r UNION ALL SELECT s::text FROM events_signon s")
        assert "canary" not in str(cursor.fetchall())


def test_the_list_takes_the_same_queries_for_one_and_sixty_names(client):
    counts = set()
    for names in (1, 59):
        SignOnFactory.create_batch(names, state="published")
        SiteStamp.objects.bump()
        with CaptureQueriesContext(connection) as queries:
            assert f"{SignOn.objects.count()} organisation" in client.get(LIST).content.decode()
        counts.add(len(queries))
    assert len(counts) == 1
    assert counts.pop() <= 6


@pytest.mark.parametrize("state", [Campaign.State.DRAFT, Campaign.State.CLOSED])
def test_outside_an_open_edition_nobody_signs(client, campaign, state):
    Campaign.objects.update(state=state)
    assert client.get(FORM).status_code == 302
    assert sign(client)["Location"] == LIST
    assert SignOn.objects.count() == 0
    assert "Sign for your organisation" not in client.get(LIST).content.decode()


def test_the_form_needs_its_token_and_is_not_stored():
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(FORM, answers()).status_code == 403
    assert SignOn.objects.count() == 0
    response = strict.get(FORM)
    assert "no-store" in response["Cache-Control"]
    assert list(response.cookies) == [settings.CSRF_COOKIE_NAME]


def test_nobody_can_sign_what_is_not_written_yet(client: Client, campaign: Campaign) -> None:
    campaign.texts.update(appeal="")
    assert (client.get(FORM).status_code, client.get(FORM)["Location"]) == (302, LIST)
    assert client.post(FORM, answers()).status_code == 302
    assert not SignOn.objects.exists()
    page = client.get(LIST).content.decode()
    assert "The appeal has not been published yet." in page
    assert "organisations have signed" not in page
