"""What a moderator is warned of, and how much it matters."""

import datetime as dt

import pytest
from django.utils import translation

from events import country_rules
from moderation.warnings import warnings_for
from moderation.warnings.people import is_lookalike
from tests.factories import (
    WEEKS_BEFORE,
    CampaignCountryFactory,
    CampaignFactory,
    CityFactory,
    EventFactory,
    RevisionFactory,
    SignOnFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rules():
    country_rules.load()


@pytest.fixture
def author():
    author = UserFactory()
    author.date_joined = WEEKS_BEFORE - dt.timedelta(days=3)
    author.save()
    return author


def cautions(now=WEEKS_BEFORE, **values):
    values.setdefault("submitted_at", now)
    with translation.override("en"):
        return [(str(found.weight), str(found.sentence)) for found in warnings_for(RevisionFactory(**values), now)]


def warned(**values):
    return [sentence for _weight, sentence in cautions(**values)]


def test_an_everyday_submission_has_no_warning(author):
    CampaignCountryFactory()
    assert warned(author=author) == []


SHORTENED = "A link hides where it leads: bit.ly is a link shortener."
TOLD = "The place is to stay unknown for now, but its name stands in the text."
LATE = "The notice deadline in Poland (6 days before) may have passed: say so to the organisers."


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"now": dt.datetime(2027, 10, 12, tzinfo=dt.UTC)}, [("stop", "This is in the past.")]),
        ({"now": dt.datetime(2027, 10, 11, 12, 1, tzinfo=dt.UTC)}, [("stop", "This is in the past.")]),
        ({"now": dt.datetime(2027, 10, 11, 11, 59, tzinfo=dt.UTC), "kind": "film"}, []),
        (
            {"day": dt.date(2027, 10, 14)},
            [("stop", "The day lies outside this Day of Action: it cannot be approved.")],
        ),
        (
            {"start_time": None, "end_time": None},
            [("look", "No hour is given: nobody can be reminded on the day itself.")],
        ),
        ({"start_time": dt.time(6, 59)}, [("look", "It starts at an unusual hour.")]),
        ({"start_time": dt.time(7)}, []),
        ({"start_time": dt.time(21, 59), "end_time": None}, []),
        ({"start_time": dt.time(22), "end_time": None}, [("look", "It starts at an unusual hour.")]),
        ({"now": dt.datetime(2027, 10, 6, 0, 0, tzinfo=dt.UTC)}, [("look", LATE)]),
        ({"now": dt.datetime(2027, 10, 5, 21, 0, tzinfo=dt.UTC)}, []),
        ({"description": ""}, [("note", "There is no text beside the title.")]),
        ({"title": "MARCH FOR FREEDOM"}, [("note", "The title is written in capitals.")]),
        ({"contact_link": "https://www.bit.ly/x"}, [("look", SHORTENED)]),
        ({"description": "More: bit.ly/abc"}, [("look", SHORTENED)]),
        ({"contact_link": "https://example.org/bit.ly"}, []),
        (
            {"description": "Call 0171 1234567."},
            [("look", "A phone number stands in the text: everybody can read it, and it cannot be taken back.")],
        ),
        (
            {"translations": {"de": {"title": "Demo", "description": "anna@example.org"}}},
            [("look", "An e-mail address stands in the text: everybody can read it, and machines collect it.")],
        ),
        (
            {"description": "Contact: Jane Doe"},
            [("look", "The text may name a private person: “Jane Doe”.")],
        ),
        ({"description": "Organiser: Open Borders"}, []),
        ({"disclosure": "followers", "description": "We meet at PLAC ZAMKOWY."}, [("stop", TOLD)]),
        (
            {"disclosure": "followers", "translations": {"de": {"title": "Zum Plac Zamkowy", "description": ""}}},
            [("stop", TOLD)],
        ),
        ({"disclosure": "followers", "access_notes": "Plac Zamkowy has no steps."}, [("stop", TOLD)]),
        ({"disclosure": "followers", "venue": "Warszawa", "description": "To Warszawa!"}, []),
        ({"disclosure": "followers", "venue": "Rynek", "description": "Rynekplatz"}, []),
        ({"description": "We meet at Plac Zamkowy."}, []),
        (
            {"lat": "52.45", "lon": "21.0"},
            [],
        ),
        (
            {"lat": "52.50", "lon": "21.0"},
            [("look", "The position lies 30 kilometres from the middle of the city.")],
        ),
        (
            {"lat": "50.08", "lon": "14.43"},
            [
                ("look", "The position lies 517 kilometres from the middle of the city."),
                ("look", "The position lies outside of Poland."),
            ],
        ),
    ],
)
def test_what_is_unusual_is_said(author, values, said):
    CampaignCountryFactory()
    assert cautions(author=author, **values) == said


def test_the_heaviest_comes_first(author):
    CampaignCountryFactory()
    weights = [weight for weight, _sentence in cautions(author=author, description="", day=dt.date(2027, 10, 20))]
    assert weights == ["stop", "note"]


def test_a_country_that_does_not_take_part(author):
    assert cautions(author=author) == [("stop", "Poland does not take part in this edition yet.")]


@pytest.mark.parametrize(
    ("least", "disclosure", "is_warned"),
    [("followers", "public", True), ("timed", "public", True), ("followers", "followers", False)],
)
def test_a_place_more_open_than_the_country_s_rule(author, least, disclosure, is_warned):
    CampaignCountryFactory(least_disclosure=least)
    expected = [("stop", "The place is more open than this country's rule says.")] if is_warned else []
    assert cautions(author=author, disclosure=disclosure) == expected


class TestMoves:
    LINK = "The public link changes."
    FAR = "The place moves by 10 kilometres."
    MUCH = "The start moves by more than two hours, or to another day."
    SOON = "Time or place change less than 48 hours before the start: people may be on their way."
    TWO_DAYS_BEFORE = dt.datetime(2027, 10, 9, 12, 1, tzinfo=dt.UTC)

    @pytest.mark.parametrize(
        ("now", "values", "said"),
        [
            (WEEKS_BEFORE, {}, []),
            (WEEKS_BEFORE, {"title": "Other words"}, []),
            (WEEKS_BEFORE, {"contact_link": "https://example.net/other"}, [("look", LINK)]),
            (WEEKS_BEFORE, {"lat": "52.32", "lon": "21.0118"}, [("stop", FAR)]),
            (WEEKS_BEFORE, {"lat": "52.2556", "lon": "21.0118"}, []),
            (WEEKS_BEFORE, {"start_time": dt.time(12)}, []),
            (WEEKS_BEFORE, {"start_time": dt.time(11, 59)}, [("stop", MUCH)]),
            (WEEKS_BEFORE, {"day": dt.date(2027, 10, 12), "start_time": None, "end_time": None}, [("stop", MUCH)]),
            (TWO_DAYS_BEFORE, {"venue": "Elsewhere"}, [("stop", SOON)]),
            (TWO_DAYS_BEFORE, {"title": "Other words"}, []),
            (TWO_DAYS_BEFORE - dt.timedelta(minutes=2), {"venue": "Elsewhere"}, []),
        ],
    )
    def test_that_are_far_much_late_or_lead_elsewhere(self, author, now, values, said):
        CampaignCountryFactory()
        event = EventFactory(contact_link="https://example.org/ours", kind="film")
        given = {"event": event, "number": 2, "author": author, "contact_link": event.contact_link, "kind": "film"}
        no_hour = "No hour is given: nobody can be reminded on the day itself."
        found = [one for one in cautions(now=now, **{**given, **values}) if one != ("look", no_hour)]
        assert found == said


class TestNotice:
    DAY_BEFORE = dt.datetime(2027, 10, 10, 12, tzinfo=dt.UTC)

    def test_is_not_said_of_an_edit_that_keeps_the_time(self, author):
        CampaignCountryFactory()
        event = EventFactory()
        assert warned(now=self.DAY_BEFORE, event=event, number=2, author=author, title="Same time") == []
        event.revisions.all().delete()
        moved = {"event": event, "number": 2, "author": author, "start_time": dt.time(13)}
        assert warned(now=self.DAY_BEFORE, **moved)[-1:] == [LATE]

    def test_that_counts_from_the_invitation_is_a_note_until_it_is_late_for_sure(self, author):
        CampaignCountryFactory(country="DE")
        berlin = CityFactory(geoname_id=2950159, country="DE", name="Berlin", slug="berlin", lat="52.524", lon="13.411")
        values = {"author": author, "country": "DE", "city": berlin, "timezone": "Europe/Berlin"}
        assert cautions(**values) == [
            (
                "note",
                "In Germany the notice is due before the public invitation, and this page may be that invitation: "
                "ask the organisers whether they have notified it.",
            )
        ]
        assert cautions(**values, now=self.DAY_BEFORE) == [
            ("look", "The notice deadline in Germany (48 hours before) may have passed: say so to the organisers.")
        ]


class TestPeople:
    def test_a_new_account_is_said_once_and_for_two_days(self, author):
        CampaignCountryFactory()
        now = author.date_joined + dt.timedelta(hours=47)
        assert cautions(author=author, now=now) == [("note", "A new account: this is the first submission from it.")]
        assert warned(author=author, now=now) == []
        assert warned(author=UserFactory(), now=now + dt.timedelta(days=2000)) == ["This is in the past."]

    def test_many_submissions_within_a_day(self, author):
        CampaignCountryFactory()
        for _n in range(5):
            RevisionFactory(author=author, submitted_at=WEEKS_BEFORE - dt.timedelta(hours=23))
        RevisionFactory(author=author, submitted_at=WEEKS_BEFORE - dt.timedelta(hours=25))
        assert warned(author=author) == ["This account has sent 6 submissions within a day."]

    def test_an_erased_account_is_no_trouble(self):
        CampaignCountryFactory()
        assert warned(author=None) == []

    @pytest.mark.parametrize("make", ["sign", "host"])
    def test_a_name_that_looks_like_another(self, author, make):
        CampaignCountryFactory()
        if make == "sign":
            SignOnFactory(name="Open Borders Assembly", state="published")
        else:
            EventFactory(organiser_name="Open Borders Assembly")
        said = "The organisation's name looks like “Open Borders Assembly”, but is written otherwise."
        assert cautions(author=author, organiser_name="0pen B0rders Assemb1y") == [("look", said)]
        assert warned(author=author, organiser_name="Closed Borders Assembly") == []

    def test_the_same_name_in_other_hands_is_a_note(self, author):
        CampaignCountryFactory()
        EventFactory(organiser_name="Open Borders Assembly")
        EventFactory(campaign=CampaignFactory(), organiser_name="Open Borders Assembly", country="DE")
        said = [("note", "Other accounts have protests of an organisation with this name.")]
        assert cautions(author=author, organiser_name="open borders assembly") == said

    @pytest.mark.parametrize(
        ("name", "other", "is_alike"),
        [
            ("Nо Borders", "No Borders", True),
            ("Corner", "Comer", True),
            ("No Borders", "NO BÓRDERS", False),
            ("No Borders", "No Nations", False),
        ],
    )
    def test_looks(self, name, other, is_alike):
        assert is_lookalike(name, other) == is_alike
