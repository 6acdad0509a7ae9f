"""What is kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from events.forgetting import forget_what_strangers_wrote
from events.models import AfterReport, Picture
from events.tasks import look_after_pictures
from tests.factories import (
    FIRST_DAY,
    LAST_DAY,
    AfterReportFactory,
    CampaignFactory,
    EventFactory,
    PictureFactory,
    UserFactory,
)
from tests.organising.after_report.telling import LONG_BEFORE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


def test_what_was_not_published_is_forgotten_and_the_rest_loses_its_author() -> None:
    campaign = CampaignFactory()
    assert campaign.actions_to == LAST_DAY
    author = UserFactory()
    public = AfterReportFactory(state="published", author=author, reason="Fine", event=EventFactory(day=FIRST_DAY))
    for state in ("draft", "pending", "changes_requested", "refused", "taken_down"):
        AfterReportFactory(state=state, pictures=[PictureFactory(created_at=LONG_BEFORE)], author=author)
    last = datetime(2027, 10, 27, 23, tzinfo=UTC)
    forget_what_strangers_wrote(last)
    assert AfterReport.objects.count() == 6
    forget_what_strangers_wrote(last + timedelta(hours=2))
    assert AfterReport.objects.get() == public
    public.refresh_from_db()
    assert (public.author, public.reason, public.text) == (None, "", "We walked and *sang*.")
    with time_machine.travel(last, tick=False):
        look_after_pictures()
    assert not Picture.objects.exists()


def test_erasing_a_person_leaves_the_report(clock: Any) -> None:
    report = AfterReportFactory(state="published", author=UserFactory())
    assert report.author
    report.author.delete()
    report.refresh_from_db()
    assert report.author is None


@pytest.mark.parametrize(
    "values",
    [
        {"turnout_low": 5, "turnout_high": 4},
        {"turnout_low": 5, "turnout_high": None},
        {"turnout_low": None, "turnout_high": 5},
        {"turnout_high": 2_000_001},
        {"state": "published", "number": 0, "submitted_at": None},
    ],
)
def test_the_database_refuses_what_cannot_be(values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AfterReportFactory(**values)


@pytest.mark.parametrize("states", [("published", "published"), ("draft", "pending"), ("pending", "refused")])
def test_there_is_one_public_version_and_one_in_hand(states: tuple[str, str]) -> None:
    first = AfterReportFactory(state=states[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        AfterReportFactory(event=first.event, state=states[1])
