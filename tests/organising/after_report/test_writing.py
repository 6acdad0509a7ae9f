"""Writing."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry
from events.models import AfterReport, SiteStamp
from tests.factories import AfterReportFactory, PictureFactory
from tests.organising.after_report.telling import NEXT_MORNING, TYPED, owned, path_of, press, upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


def test_every_press_saves_and_what_cannot_be_read_is_shown_again(clock: Any) -> None:
    _event, organiser = owned()
    path = path_of(organiser)
    press(path, text="First words")
    wrong = press(path, turnout_low="many", text="Second words")
    assert wrong.status_code == 200
    assert "Write a number like 1200." in wrong.content.decode()
    assert "Second words" in wrong.content.decode()
    assert 'value="many"' in wrong.content.decode()
    assert AfterReport.objects.get().text == "First words"


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"turnout_low": "400", "turnout_high": "300"}, "The second number is the larger one."),
        ({"turnout_low": "2000001"}, "So many people cannot have come."),
        ({"turnout_low": "9" * 5000}, "This is too long."),
        ({"turnout_low": "-1"}, "Write a number like 1200."),
        ({"how_counted": "guess"}, "Choose one of these."),
        ({"language": "xx"}, "Choose a language from the list."),
        ({"text": "x" * 6001}, "at most 6000 characters"),
        ({"links": "javascript:alert(1)"}, "This is not a web address."),
        ({"links": "https://a@evil.example/"}, "Leave out what stands before the @"),
        ({"links": "\n".join(f"https://a.example/{n}" for n in range(11))}, "At most 10 links fit here."),
    ],
)
def test_what_cannot_be_is_an_error_beside_its_field(clock: Any, typed: dict[str, str], error: str) -> None:
    _event, organiser = owned()
    page = press(path_of(organiser), **typed)
    assert page.status_code == 200
    assert error in page.content.decode()
    assert not AfterReport.objects.exists()


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 5000, "\0"])
def test_an_odd_number_of_edits_is_no_error_of_ours(clock: Any, seen: str) -> None:
    _event, organiser = owned()
    assert Client().post(path_of(organiser), {**TYPED, "seen": seen}).status_code == 200


def test_control_characters_and_overrides_are_dropped(clock: Any) -> None:
    _event, organiser = owned()
    odd = "a\0b\x0bc\u2028d\u202ee\r\nf"
    press(
        path_of(organiser), text=odd, picture_alt=odd, picture_file=upload(), links=f"https://a.example/\u202e\n{'  '}"
    )
    told = AfterReport.objects.get()
    assert told.text == "ab\nc\nde\nf"
    assert told.links == ["https://a.example/"]
    assert told.pictures.get().alt == "ab c de f"


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({}, "There is nothing to send yet."),
        ({"turnout_low": "20"}, "Say how you know how many came."),
        ({"picture_file": "photo"}, "Say of each picture in one sentence"),
    ],
)
def test_what_is_missing_is_said_when_it_is_sent_and_the_rest_is_kept(
    clock: Any, typed: dict[str, Any], error: str
) -> None:
    _event, organiser = owned()
    if "picture_file" in typed:
        typed = {"picture_file": upload()}
    page = press(path_of(organiser), **typed, do="send")
    assert page.status_code == 409
    assert error in page.content.decode()
    assert not AfterReport.objects.filter(submitted_at__isnull=False).exists()
    if typed:
        assert AfterReport.objects.get().state == "draft"


def test_it_is_sent_once_and_a_change_takes_it_back(clock: Any) -> None:
    _event, organiser = owned()
    path = path_of(organiser)
    assert press(path, **TYPED, do="send").status_code == 302
    assert press(path, do="send").status_code == 302
    told = AfterReport.objects.get()
    assert (told.state, told.number, told.submitted_at) == ("pending", 1, NEXT_MORNING)
    assert AuditEntry.objects.filter(verb="after-report sent").count() == 1
    assert "Your report is with the moderators." in Client().get(path).content.decode()
    press(path, text="We walked far.")
    told.refresh_from_db()
    assert (told.state, told.number) == ("draft", 1)
    press(path, do="send")
    told.refresh_from_db()
    assert (told.state, told.number) == ("pending", 2)


def test_a_change_of_what_is_public_is_another_version(clock: Any) -> None:
    event, organiser = owned()
    picture = PictureFactory()
    public = AfterReportFactory(event=event, state="published", pictures=[picture])
    press(path_of(organiser), text="Something else")
    public.refresh_from_db()
    assert (public.state, public.text) == ("published", "We walked and *sang*.")
    change = AfterReport.objects.in_hand().get()
    assert (change.text, change.pictures.get().picture) == ("Something else", picture)
    page = Client().get(event.get_absolute_url()).content.decode()
    assert "We walked and" in page
    assert "Something else" not in page
    press(path_of(organiser), do="discard")
    assert AfterReport.objects.get() == public


def test_saving_the_same_as_what_is_public_makes_no_other_version(clock: Any) -> None:
    event, organiser = owned()
    public = AfterReportFactory(event=event, state="published")
    assert press(path_of(organiser)).status_code == 302
    assert AfterReport.objects.get() == public
    assert press(path_of(organiser), do="send").status_code == 409


def test_who_runs_it_takes_it_off_the_page_at_once(clock: Any) -> None:
    event, organiser = owned()
    picture = PictureFactory()
    AfterReportFactory(event=event, state="published", pictures=[picture])
    shown = f"/pictures/{picture.key}/480.webp"
    assert Client().get(shown).status_code == 200
    before = SiteStamp.objects.current()
    assert press(path_of(organiser), do="take_back").status_code == 302
    assert press(path_of(organiser), do="take_back").status_code == 302
    assert SiteStamp.objects.current() == before + 1
    assert AfterReport.objects.get().state == "draft"
    assert Client().get(shown).status_code == 404
    assert "We walked" not in Client().get(event.get_absolute_url()).content.decode()
