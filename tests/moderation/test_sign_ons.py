"""Signatures below the appeal in the moderators' room: who decides, what is shown, and what a decision does."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from events.models import SignOn, SiteStamp
from events.tokens import sign_ons_url
from tests.factories import (
    WEEKS_BEFORE,
    CampaignFactory,
    CampaignTextFactory,
    CoordinatorFactory,
    RecipientFactory,
    SignOnFactory,
    UserFactory,
)
from tests.log_in import log_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

QUEUE, LIST = "/moderation/sign-ons/", "/en/appeal/"
ADDRESS = "anna@example.org"


@pytest.fixture
def room(client):
    """The browser of a coordinator of Poland."""
    CampaignTextFactory(appeal="We ask you to end it.")
    log_in(client, CoordinatorFactory(country="PL").user)
    return client


def waiting(**values):
    return SignOnFactory(**{"state": "pending", "confirmed_at": WEEKS_BEFORE, **values})


def decide(client, sign_on, verb, **answers):
    return client.post(f"{QUEUE}{sign_on.pk}/", {"verb": verb, **answers})


def state_of(sign_on):
    sign_on.refresh_from_db()
    return sign_on.state


def public():
    return Client().get(LIST).content.decode()


def test_a_published_name_is_public_at_once_and_its_person_told(room, delivered):
    sign_on = waiting(name="Rock & <Roll>", recipient=RecipientFactory(address=ADDRESS, language="de"))
    before = SiteStamp.objects.current()
    assert decide(room, sign_on, "publish")["Location"] == QUEUE
    assert SiteStamp.objects.current() > before
    assert "Rock &amp; &lt;Roll&gt;" in public()
    (mail,) = delivered()
    assert mail.to == ADDRESS
    assert "Rock & <Roll>" in mail.subject
    assert "Rock &amp; &lt;Roll&gt;" in mail.html
    assert settings.SITE_URL + "/de/appeal/" in mail.text.split()
    assert mail.link("de/appeal/sign") in mail.html


def test_a_refusal_mails_the_reason_and_bumps_nothing(room, delivered):
    sign_on = waiting(name="Nobody e.V.", recipient=RecipientFactory(address=ADDRESS, language="en"))
    before = SiteStamp.objects.current()
    decide(room, sign_on, "refuse", reason="Your <website> & name differ.\r\nWrite again.")
    assert SiteStamp.objects.current() == before
    assert "Nobody e.V." not in public()
    (mail,) = delivered()
    assert "Your <website> & name differ." in mail.text
    assert "Write again." in mail.text
    assert "Your &lt;website&gt; &amp; name differ." in mail.html
    assert mail.link("en/contact/") == "/en/contact/"
    page = Client().get(_own_page(sign_on)).content.decode()
    assert "Your &lt;website&gt; &amp; name differ." in page


def _own_page(sign_on):
    return sign_ons_url(sign_on.recipient, "en").removeprefix(settings.SITE_URL)


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_refusal_needs_a_word_why(room, reason):
    sign_on = waiting()
    response = decide(room, sign_on, "refuse", reason=reason)
    assert response.status_code == 409
    assert "Say why" in response.content.decode()
    assert state_of(sign_on) == "pending"


def test_a_public_name_can_be_taken_down_and_put_back(room, delivered):
    sign_on = waiting(name="Taken Down")
    for verb, state, is_public in (
        ("publish", "published", True),
        ("refuse", "refused", False),
        ("publish", "published", True),
    ):
        before = SiteStamp.objects.current()
        decide(room, sign_on, verb, reason="A fake.")
        assert state_of(sign_on) == state
        assert SiteStamp.objects.current() > before
        assert ("Taken Down" in public()) is is_public
        delivered()
    assert [mail.subject for mail in delivered()] == [
        "Below the appeal now: Taken Down",
        "Not below the appeal: Taken Down",
        "Below the appeal now: Taken Down",
    ]
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", "object_id", "codes")) == [
        ("sign-on published", sign_on.pk, {}),
        ("sign-on refused", sign_on.pk, {}),
        ("sign-on published", sign_on.pk, {}),
    ]


def test_a_letter_that_is_overtaken_by_a_decision_does_not_leave(room, delivered):
    sign_on = waiting()
    decide(room, sign_on, "publish")
    decide(room, sign_on, "refuse", reason="A fake.")
    assert [mail.subject.partition(":")[0] for mail in delivered()] == ["Not below the appeal"]


def test_what_was_taken_back_meanwhile_cannot_be_published(room):
    sign_on = waiting()
    SignOn.objects.update(state="withdrawn")
    response = decide(room, sign_on, "publish")
    assert response.status_code == 409
    assert "taken back meanwhile" in response.content.decode()
    assert state_of(sign_on) == "withdrawn"


def test_pressing_twice_publishes_and_tells_once(room, delivered):
    sign_on = waiting()
    assert [decide(room, sign_on, "publish").status_code for _n in range(2)] == [302, 409]
    assert (len(delivered()), AuditEntry.objects.count()) == (1, 1)


def test_a_refused_name_stays_out_while_another_holds_it(room):
    refused = waiting(name="Café", state="refused", decided_at=WEEKS_BEFORE)
    waiting(name="CAFE")
    response = decide(room, refused, "publish")
    assert response.status_code == 409
    assert "stands in the list or the queue already" in response.content.decode()
    assert state_of(refused) == "refused"


@pytest.mark.parametrize("verb", ["", "delete", "withdraw"])
def test_an_unknown_verb_does_nothing(room, verb):
    sign_on = waiting()
    assert "Choose what to do" in decide(room, sign_on, verb).content.decode()
    assert state_of(sign_on) == "pending"


def test_who_decides(client):
    CampaignTextFactory(appeal="We ask you to end it.")
    other_edition = CampaignFactory(slug="2028", state="draft")
    people = {
        "nobody": UserFactory(),
        "coordinator of Germany": CoordinatorFactory(country="DE").user,
        "admin of another edition": CoordinatorFactory(admin=True, campaign=other_edition).user,
        "coordinator": CoordinatorFactory(country="PL").user,
        "admin": CoordinatorFactory(admin=True).user,
        "superuser": UserFactory(is_superuser=True),
    }
    may = []
    for role, user in people.items():
        sign_on = waiting(name=f"Of {role}")
        log_in(client, user)
        page = client.get(QUEUE)
        response = decide(client, sign_on, "publish")
        assert (response.status_code, state_of(sign_on)) in {(404, "pending"), (302, "published")}
        assert (page.status_code == 200 and f"Of {role}" in page.content.decode()) == (response.status_code == 302)
        if response.status_code == 302:
            may.append(role)
    assert may == ["coordinator", "admin", "superuser"]


def test_what_is_not_confirmed_is_nobody_s_to_see(room):
    sign_on = SignOnFactory(name="Unproven")
    assert "Unproven" not in room.get(QUEUE).content.decode()
    assert decide(room, sign_on, "publish").status_code == 404
    assert state_of(sign_on) == "unconfirmed"


@pytest.mark.parametrize(
    ("known", "state", "new", "is_flagged"),
    [
        ("Open Borders Berlin", "published", "Open Borders Berlln", True),
        ("Open Borders Berlin", "pending", "Ореn Воrdеrs Веrlin", True),
        ("Seebrücke", "published", "Seebrucke e.V.", True),
        ("No Border Warszawa", "published", "N0 B0rder Warszawa", True),
        ("Open Borders Berlin", "refused", "Open Borders Berlln", False),
        ("Open Borders Berlin", "published", "Kobiety na rzecz wolności", False),
        ("Право на рух", "published", "Асоціація мешканців", False),
    ],
)
def test_a_name_that_looks_like_another_is_flagged_and_not_banned(room, known, state, new, is_flagged):
    waiting(name=known, state=state, country="DE")
    sign_on = waiting(name=new)
    page = " ".join(room.get(QUEUE).content.decode().split())
    assert ("Looks like a name" in page) is is_flagged
    assert (f"“{known}”" in page) is is_flagged
    assert decide(room, sign_on, "publish").status_code == 302


def test_the_same_name_in_another_edition_is_no_look_alike(room):
    waiting(name="Open Borders", campaign=CampaignFactory(slug="2006", state="closed"), state="published")
    waiting(name="Open Borders")
    assert "Looks like" not in room.get(QUEUE).content.decode()


def test_the_oldest_stand_first_and_the_rest_moves_up(room, clock):
    for minute in range(60):
        waiting(name=f"Group number {minute:02}", confirmed_at=WEEKS_BEFORE + timedelta(minutes=minute))
    page = room.get(QUEUE).content.decode()
    assert page.index("Group number 00") < page.index("Group number 49")
    assert "Group number 55" not in page
    assert "60 organisations wait" in page
    SignOn.objects.filter(name__lt="Group number 10").update(state="withdrawn")
    assert "Group number 55" in room.get(QUEUE).content.decode()


def test_the_queue_takes_the_same_queries_for_one_and_sixty(room):
    counts = set()
    for more in (1, 59):
        for number in range(more):
            waiting(name=f"Waiting {more} {number}")
            waiting(name=f"Public {more} {number}", state="published", decided_at=WEEKS_BEFORE)
        with CaptureQueriesContext(connection) as queries:
            room.get(QUEUE)
        counts.add(len(queries))
    assert len(counts) == 1
    assert counts.pop() <= 7


def test_neither_room_nor_trail_tells_the_address(room):
    sign_on = waiting(recipient=RecipientFactory(address="canary@example.org"))
    decide(room, sign_on, "refuse", reason="A secret reason")
    assert "canary" not in room.get(QUEUE).content.decode()
    assert "secret" not in str(list(AuditEntry.objects.values()))
