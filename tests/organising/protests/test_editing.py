"""Editing."""

from datetime import time
from typing import Any

import pytest

from accounts.models import User
from events.models import Event, Revision, SiteStamp
from organising import actions
from tests.factories import EventFactory
from tests.log_in import logged_in
from tests.organising.protests.editing import State, filled, in_state

pytestmark = pytest.mark.django_db


def test_an_edit_of_a_public_protest_waits_for_the_moderators(owner: User, published: Event) -> None:
    client, page = logged_in(owner), f"/organise/{published.public_id}/"
    response = client.post(f"{page}edit/", filled(published, title="A new title", start_time="15:30", note="Why"))
    assert response.url == page
    published.refresh_from_db()
    assert (published.title, published.sequence) == ("March for freedom of movement", 0)
    revision = published.revisions.pending().get()
    assert (revision.number, revision.title, revision.note_to_moderators) == (2, "A new title", "Why")
    assert revision.contact_email == published.contact_email
    text = client.get(page).content.decode()
    assert "What your change would change" in text
    assert "<del>14:00</del><ins>15:30</ins>" in text
    assert "<ins>title</ins>" in text


def test_an_edit_takes_the_place_of_the_one_before(owner: User, published: Event) -> None:
    client, page = logged_in(owner), f"/organise/{published.public_id}/edit/"
    client.post(page, filled(published, title="Second title"))
    assert client.get(page).context["form"]["title"].value() == "Second title"
    client.post(page, filled(published, title="Third title"))
    states = list(published.revisions.order_by("number").values_list("number", "state", "title"))
    assert states[1:] == [(2, "superseded", "Second title"), (3, "pending", "Third title")]


def test_an_edit_sent_twice_is_one_revision(owner: User, published: Event) -> None:
    form = filled(published, title="A new title")
    for _ in range(3):
        assert logged_in(owner).post(f"/organise/{published.public_id}/edit/", form).status_code == 302
    assert published.revisions.count() == 2


def test_an_edit_that_changes_nothing_is_explained(owner: User, published: Event) -> None:
    page = logged_in(owner).post(f"/organise/{published.public_id}/edit/", filled(published))
    assert "Nothing is different" in page.content.decode()
    assert published.revisions.count() == 1


def test_a_first_submission_can_be_replaced(owner: User) -> None:
    event = in_state("submitted", State.PENDING, owner)
    logged_in(owner).post(f"/organise/{event.public_id}/edit/", filled(event, title="Better title"))
    assert [r.state for r in event.revisions.order_by("number")] == ["superseded", "pending"]
    event.refresh_from_db()
    assert (event.state, event.published_at) == ("submitted", None)
    assert "Better title" in logged_in(owner).get("/organise/").content.decode()


def test_wrong_input_keeps_what_was_typed(owner: User, published: Event) -> None:
    form = filled(published, title="Keep <me>", start_time="25")
    page = logged_in(owner).post(f"/organise/{published.public_id}/edit/", form)
    assert page.context["form"].errors.keys() == {"start_time"}
    assert 'value="Keep &lt;me&gt;"' in page.content.decode()


def test_extra_fields_change_nothing(owner: User, published: Event) -> None:
    other = EventFactory()
    form = filled(
        published,
        title="A new title",
        state="approved",
        event=other.pk,
        author=1,
        number=9,
        contact_email="x@example.org",
    )
    logged_in(owner).post(f"/organise/{published.public_id}/edit/", form)
    revision = Revision.objects.latest("pk")
    assert (revision.event, revision.author, revision.number, revision.state) == (published, owner, 2, "pending")
    assert revision.contact_email == "hello@example.org"


#      event state, revision state, may edit, may withdraw, may cancel
TABLE = [
    ("submitted", State.PENDING, True, True, False),
    ("submitted", State.CHANGES_REQUESTED, True, True, False),
    ("submitted", State.REJECTED, True, False, False),
    ("published", State.APPROVED, True, False, True),
    ("published", State.PENDING, True, True, True),
    ("published", State.CHANGES_REQUESTED, True, True, True),
    ("published", State.REJECTED, True, False, True),
    ("published", State.WITHDRAWN, True, False, True),
    ("cancelled", State.APPROVED, False, False, False),
    ("hidden", State.APPROVED, True, False, False),
    ("withdrawn", State.WITHDRAWN, False, False, False),
]


@pytest.mark.parametrize(("event_state", "revision_state", "edit", "withdraw", "cancel"), TABLE)
def test_what_can_be_done_depends_on_the_state(
    owner: User, event_state: str, revision_state: str, edit: bool, withdraw: bool, cancel: bool
) -> None:
    event = in_state(event_state, revision_state, owner)
    page = f"/organise/{event.public_id}/"
    client = logged_in(owner)
    text = client.get(page).content.decode()
    shown = [f'href="{page}{verb}/"' in text for verb in ("edit", "withdraw", "cancel")]
    assert shown == [edit, withdraw, cancel]
    assert client.get(f"{page}edit/").status_code == (200 if edit else 409)
    if not cancel:
        before = Event.objects.get(pk=event.pk).state
        client.post(f"{page}cancel/", {"cancel_reason": "Rain"})
        assert Event.objects.get(pk=event.pk).state == before
    if not edit:
        assert client.post(f"{page}edit/", filled(event, title="A new title")).status_code == 409
        assert event.revisions.count() == 1


def test_what_was_typed_stays_when_it_has_become_too_late(owner: User, published: Event, clock: Any) -> None:
    form = filled(published, title="Typed for an hour")
    clock.move_to("2027-10-12T12:00:00+00:00")
    response = logged_in(owner).post(f"/organise/{published.public_id}/edit/", form)
    assert response.status_code == 409
    assert "Typed for an hour" in response.content.decode()


def test_the_public_page_is_made_anew_when_a_change_comes_and_goes(owner: User, published: Event) -> None:
    seen = [SiteStamp.objects.current()]
    for act in (
        lambda: actions.submit_edit(published, {**published.details(), "start_time": time(15)}, by=owner),
        lambda: actions.withdraw(published, by=owner),
    ):
        act()
        seen.append(SiteStamp.objects.current())
    assert seen == sorted(set(seen))


def test_a_submission_is_no_news_for_the_public(owner: User) -> None:
    event = in_state("submitted", State.CHANGES_REQUESTED, owner)
    actions.submit_edit(event, {**event.details(), "title": "A new title"}, by=owner)
    actions.withdraw(event, by=owner)
    assert SiteStamp.objects.current() == 0
