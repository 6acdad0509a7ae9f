"""Two at once."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from events.models import AfterReport, Organiser
from organising.actions.after_report import Overtaken, save_report, submit_report
from tests.factories import OrganiserFactory
from tests.organising.after_report.telling import TOLD, owned, path_of, press

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]


def test_two_who_write_at_once_do_not_overwrite_each_other(clock: Any) -> None:
    event, organiser = owned()
    other = OrganiserFactory(event=event, role=Organiser.Role.CO_ORGANISER)
    mine, theirs = path_of(organiser), path_of(other)
    press(theirs, text="Theirs")
    late = Client().post(mine, {"seen": 0, "language": "en", "text": "Mine"})
    page = late.content.decode()
    assert late.status_code == 409
    assert "Somebody else saved this report meanwhile." in page
    assert "Theirs" in page
    assert "Mine</textarea>" in page
    assert AfterReport.objects.get().text == "Theirs"
    seen = late.context["form"]["seen"].value()
    assert Client().post(mine, {"seen": seen, "language": "en", "text": "Both"}).status_code == 302
    assert AfterReport.objects.get().text == "Both"
    # The same once more, as after a lost answer, is nothing new.
    assert Client().post(mine, {"seen": seen, "language": "en", "text": "Both"}).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_several_first_drafts_at_once_one_is_kept(clock: Any) -> None:
    event, organiser = owned()
    done: list[str] = []

    def write(n: int) -> None:
        try:
            save_report(event, {**TOLD, "text": str(n)}, {}, by=organiser.user, seen=0)
            done.append(str(n))
        except Overtaken:
            pass
        connection.close()

    threads = [threading.Thread(target=write, args=[n]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [AfterReport.objects.get().text] == done


def test_what_somebody_else_saved_between_is_not_sent_unread(clock: Any) -> None:
    event, organiser = owned()
    report = save_report(event, TOLD, {}, by=organiser.user, seen=0)
    save_report(event, {**TOLD, "text": "Other"}, {}, by=organiser.user, seen=1)
    with pytest.raises(Overtaken):
        submit_report(event, by=organiser.user, edits=report.edits)
