"""Before a change or a cancellation is sent, its author sees the very mails that followers would get."""

import datetime as dt
import re
import uuid
from datetime import time
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone, translation

from accounts.models import User
from events.forms.picture import signed
from events.models import Event, EventChange, Revision, Trust
from events.models.campaign import Disclosure
from moderation.actions import approve_revision
from organising import actions
from organising.preview import Preview, preview_of_cancelling, preview_of_edit
from outbox.letters import kind as letter_kind
from outbox.models import Delivery
from reminders.models import Subscription
from reminders.notices import notice_changes
from tests.factories import (
    CampaignCountryFactory,
    CampaignFactory,
    CityFactory,
    OrganiserFactory,
    PictureFactory,
    RecipientFactory,
    RevisionFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.log_in import logged_in
from tests.organising.protests.editing import everything, filled, in_state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
State = Revision.State
FOOT = "\n-- \n"
EVERY_LANGUAGE = [code for code, _name in settings.LANGUAGES]


@pytest.fixture
def owner() -> User:
    CampaignCountryFactory(campaign=CampaignFactory())
    CityFactory()
    return UserFactory(email="owner@example.org")


@pytest.fixture
def event(owner: User) -> Event:
    return in_state("published", State.APPROVED, owner)


def edit_page(event: Event) -> str:
    return f"/organise/{event.public_id}/edit/"


def trust(user: User, event: Event) -> None:
    Trust.objects.create(user=user, campaign=event.campaign, country="PL", since=timezone.now(), actor_id=user.actor_id)


def look(event: Event, owner: User, **changes: Any) -> Preview:
    details = {**event.details(), **changes}
    return preview_of_edit(event, details, shown=event, by=owner, now=timezone.now())


def approve_and_read(event: Event, owner: User, recipient: Any, clock: Any, **changes: Any) -> list[tuple[str, str]]:
    """What this follower is really mailed once the change is approved."""
    revision = actions.submit_edit(event, {**event.details(), **changes}, by=owner)
    if revision.is_pending:
        approve_revision(revision, by=UserFactory(is_superuser=True))
    clock.shift(dt.timedelta(minutes=2))
    notice_changes(timezone.now())
    mails = list(Delivery.objects.filter(letter="notice", recipient=recipient).select_related("recipient"))
    letters = letter_kind("notice").letters_to(mails)
    return [(letters[mail.pk].subject, without_own_links(letters[mail.pk].text)) for mail in mails]


def without_own_links(text: str) -> str:
    """The part of a mail that is the same for everybody who reads it in this language."""
    return re.sub(r"\n\n[^\n]*\n[^\n]*/reminders/coming/[^\n]*\n", "\n", text.partition(FOOT)[0])


def shown(preview: Preview, language: str, group: int = 0) -> list[tuple[str, str]]:
    reading = next(reading for reading in preview.told[group].readings if reading.language == language)
    return [(letter.subject, letter.text.partition(FOOT)[0]) for letter in reading.letters]


CHANGES: list[tuple[dict[str, Any], int]] = [
    ({"start_time": time(15)}, 1),
    ({"day": dt.date(2027, 10, 12)}, 1),
    ({"venue": "Plac Defilad", "address": "Plac Defilad 1"}, 1),
    ({"start_time": time(15), "venue": "Plac Defilad"}, 1),
    ({"title": "Another title"}, 0),
    ({"title": "Another title", "end_time": time(17)}, 0),
    (
        {"disclosure": Disclosure.TIMED, "disclose_at": dt.datetime(2027, 10, 10, tzinfo=dt.UTC), "venue": "Elsewhere"},
        1,
    ),
    ({"place_kind": "city", "venue": "", "address": ""}, 1),
]


@pytest.mark.parametrize("language", ["en", "uk"])
@pytest.mark.parametrize(("changes", "mails"), CHANGES)
def test_what_is_shown_is_what_followers_get(
    event: Event, owner: User, clock: Any, changes: dict[str, Any], mails: int, language: str
) -> None:
    recipient = RecipientFactory(language=language)
    SubscriptionFactory(event=event, recipient=recipient)
    preview = look(event, owner, **changes)
    promised = shown(preview, language) if preview.told else []
    assert approve_and_read(event, owner, recipient, clock, **changes) == promised
    assert len(promised) == mails


def test_who_follows_the_city_reads_no_place_that_only_followers_may_know(
    event: Event, owner: User, clock: Any
) -> None:
    secret = {"disclosure": Disclosure.FOLLOWERS, "venue": "Canary Square", "address": "Canary Square 7"}
    in_city = SubscriptionFactory(event=event, recipient=RecipientFactory())
    Subscription.objects.filter(pk=in_city.pk).update(scope="city", event=None, city=event.city)
    preview = look(event, owner, **secret)
    assert [told.who for told in preview.told] == [
        "To those who follow the protest",
        "To those who follow its city only",
    ]
    assert "Canary Square" in shown(preview, "en")[0][1]
    assert "Canary" not in repr(shown(preview, "en", 1))
    assert approve_and_read(event, owner, in_city.recipient, clock, **secret) == shown(preview, "en", 1)


def test_a_place_that_is_kept_back_for_all_stands_in_no_mail(event: Event, owner: User) -> None:
    later = dt.datetime(2027, 10, 10, tzinfo=dt.UTC)
    preview = look(event, owner, disclosure="followers", disclose_at=later, venue="Canary Square", address="")
    assert len(preview.told) == 1
    assert not any("Canary" in text for code in EVERY_LANGUAGE for _subject, text in shown(preview, code))


def test_a_first_version_is_told_to_the_city_once_it_is_public(owner: User) -> None:
    event = in_state("submitted", State.PENDING, owner)
    preview = look(event, owner, title="Better title")
    [(subject, text)] = shown(preview, "en")
    assert subject.startswith("New protest: Better title")
    assert "A new protest in your city:" in text


def test_looking_sends_nothing_and_loses_nothing(event: Event, owner: User) -> None:
    SubscriptionFactory.create_batch(2, event=event)
    client, before = logged_in(owner), everything()
    form = filled(event, title="Keep <me>", start_time="15.30", description="One\r\n\r\nTwo", note="Why", look="1")
    page = client.post(edit_page(event), form)
    text = page.content.decode()
    assert everything() == before
    assert "The moderators look at this first" in text
    assert "2 people who follow the protest get this mail." in text
    assert "Was: Monday 11 October, 14:00" in text
    assert "Now: Monday 11 October, 15:30–16:00" in text
    kept = dict(page.context["form"].kept_answers)
    again = client.post(edit_page(event), {**kept, "back": "1"})
    assert again.context["form"]["title"].value() == "Keep <me>"
    assert again.context["form"]["description"].value() == "One\r\n\r\nTwo"
    assert again.context["form"]["start_time"].value() == "15.30"
    assert everything() == before
    sent = client.post(edit_page(event), {**kept, "seen": page.context["preview"].seal})
    assert sent.status_code == 302
    revision = event.revisions.pending().get()
    assert (revision.title, revision.start_time, revision.note_to_moderators) == ("Keep <me>", time(15, 30), "Why")


def test_the_page_tells_who_looks_at_it_first(event: Event, owner: User) -> None:
    client = logged_in(owner)

    def way(**changes: Any) -> str:
        return client.post(edit_page(event), filled(event, look="1", **changes)).context["preview"].way

    assert way(title="Another title") == "waits"
    trust(owner, event)
    assert way(title="Another title") == "at_once"
    assert way(start_time="15:59", end_time="") == "at_once"
    assert way(start_time="16:01", end_time="") == "sensitive"
    assert way(contact_link="https://example.org/") == "sensitive"


def test_a_new_picture_outlives_the_step_between(event: Event, owner: User) -> None:
    trust(owner, event)
    name = signed(PictureFactory(state="waiting", width=0, height=0))
    page = logged_in(owner).post(edit_page(event), filled(event, picture_name=name, picture_alt="A banner", look="1"))
    assert page.context["preview"].way == "picture"
    assert "A new picture." in page.content.decode()
    assert dict(page.context["form"].kept_answers)["picture_name"] == name


def test_nobody_is_told_of_a_new_text(event: Event, owner: User) -> None:
    SubscriptionFactory(event=event)
    page = logged_in(owner).post(edit_page(event), filled(event, title="Another title", look="1"))
    assert "Nobody is told of this change." in page.content.decode()


def test_what_became_different_meanwhile_is_shown_again(event: Event, owner: User) -> None:
    client, form = logged_in(owner), filled(event, start_time="15:30")
    seal = client.post(edit_page(event), {**form, "look": "1"}).context["preview"].seal
    trust(owner, event)
    page = client.post(edit_page(event), {**form, "seen": seal})
    assert "Something has changed meanwhile" in page.content.decode()
    assert event.revisions.count() == 1
    assert client.post(edit_page(event), {**form, "seen": page.context["preview"].seal}).status_code == 302
    event.refresh_from_db()
    assert event.start_time == time(15, 30)


def test_what_cannot_be_sent_is_said_before_the_preview(event: Event, owner: User, clock: Any) -> None:
    client = logged_in(owner)
    same = client.post(edit_page(event), filled(event, look="1"))
    assert "Nothing is different" in same.content.decode()
    clock.move_to("2027-10-12T12:00:00+00:00")
    late = logged_in(owner).post(edit_page(event), filled(event, title="Too late", look="1"))
    assert late.status_code == 409
    assert "Too late" in late.content.decode()


def test_wrong_input_comes_back_to_the_form(event: Event, owner: User) -> None:
    page = logged_in(owner).post(edit_page(event), filled(event, start_time="25", look="1"))
    assert page.context["form"].errors.keys() == {"start_time"}
    assert "preview" not in page.context


def test_a_cancellation_is_shown_before_it_is_sent(event: Event, owner: User, clock: Any) -> None:
    recipient = RecipientFactory(language="uk")
    SubscriptionFactory(event=event, recipient=recipient)
    client, page = logged_in(owner), f"/organise/{event.public_id}/cancel/"
    before = everything()
    looked = client.post(page, {"cancel_reason": "The <square> is closed.", "look": "1"})
    assert everything() == before
    text = looked.content.decode()
    assert "1 person who follows the protest gets this mail." in text
    assert "The &lt;square&gt; is closed." in text
    assert "It leaves at once, at night too." in text
    promised = shown(preview_of_cancelling(event, "The <square> is closed.", now=timezone.now()), "uk")
    back = client.post(page, {"cancel_reason": "The <square> is closed.", "back": "1"})
    assert back.context["form"]["cancel_reason"].value() == "The <square> is closed."
    assert everything() == before
    sent = {"cancel_reason": "The <square> is closed.", "seen": looked.context["preview"].seal}
    assert client.post(page, sent).status_code == 302
    assert client.post(page, sent).status_code == 302
    assert EventChange.objects.get().kind == EventChange.Kind.CANCELLED
    notice_changes(timezone.now())
    mails = list(Delivery.objects.filter(letter="notice").select_related("recipient"))
    [letter] = letter_kind("notice").letters_to(mails).values()
    assert [(letter.subject, letter.text.partition(FOOT)[0])] == promised


def test_strangers_and_helpers_see_no_preview(event: Event, owner: User) -> None:
    form = filled(event, title="Another title", look="1")
    assert logged_in(UserFactory()).post(edit_page(event), form).status_code == 404
    helper = OrganiserFactory(event=event, role="helper").user
    assert logged_in(helper).post(edit_page(event), form).status_code == 403
    cancel = {"cancel_reason": "Rain", "look": "1"}
    assert logged_in(helper).post(f"/organise/{event.public_id}/cancel/", cancel).status_code == 403


def test_the_language_of_whoever_looks_comes_first(event: Event, owner: User) -> None:
    with translation.override("fi"):
        preview = look(event, owner, start_time=time(15))
    assert [reading.language for reading in preview.told[0].readings][:2] == ["fi", "en"]
    assert len(preview.told[0].readings) == len(EVERY_LANGUAGE)


@pytest.mark.parametrize("followers", [1, 40])
def test_a_preview_asks_the_same_number_of_queries_for_any_number_of_followers(
    event: Event, owner: User, followers: int, django_assert_num_queries: Any
) -> None:
    SubscriptionFactory.create_batch(followers, event=event)
    with django_assert_num_queries(5):
        look(event, owner, start_time=time(15))


def test_odd_input_is_no_error_of_ours(event: Event, owner: User) -> None:
    client = logged_in(owner)
    for odd in ("\0", "x" * 5000, str(uuid.uuid4())):
        form = filled(event, start_time="15:00", look=odd, seen=odd, back="")
        assert client.post(edit_page(event), {**form, "picture_name": odd}).status_code == 200


def test_the_last_version_is_what_a_new_one_is_compared_with(owner: User) -> None:
    event = in_state("published", State.APPROVED, owner)
    RevisionFactory(event=event, number=2, author=owner, title="Waiting")
    page = logged_in(owner).post(edit_page(event), filled(event, title="Third", look="1"))
    assert [line.old for line in page.context["preview"].lines] == ["March for freedom of movement"]
