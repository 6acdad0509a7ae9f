"""A real worker prints what a visitor asked for, once for all who wait."""

import io
import threading
import time
from pathlib import Path

import pypdf
import pytest
from django.db import connection
from django.test import Client

from events.models import Print
from events.models.prints import LEASE
from events.prints import drawing, making
from events.prints.facts import Facts
from events.prints.sheets import Kind, Sheet
from tests.factories import WEEKS_BEFORE, CampaignTextFactory, EventFactory
from tests.faults.worker import Worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_limits")]
PATIENCE = 300


def test_a_worker_prints_what_was_asked_for(tmp_path: Path) -> None:
    event = EventFactory(title="Марш за свободу пересування")
    CampaignTextFactory(campaign=event.campaign)
    path = f"{event.get_absolute_url()}poster.pdf".replace("/en/", "/uk/")
    client = Client()
    with Worker(smtp_port=1, log=tmp_path / "worker.log", queues="prints"):
        deadline = time.monotonic() + PATIENCE
        while (response := client.get(path)).status_code == 202:
            assert time.monotonic() < deadline, (tmp_path / "worker.log").read_text()
            time.sleep(0.2)
    assert response.status_code == 200
    assert "Марш за свободу" in pypdf.PdfReader(io.BytesIO(response.content)).pages[0].extract_text()


def test_two_workers_print_a_sheet_once(monkeypatch: pytest.MonkeyPatch) -> None:
    event = EventFactory()
    drawn: list[Kind] = []
    meeting = threading.Barrier(2)
    draw = drawing.draw

    def slowly(kind: Kind, facts: Facts) -> bytes:
        drawn.append(kind)
        time.sleep(0.3)
        return draw(kind, facts)

    def one() -> None:
        meeting.wait()
        try:
            making.make(Sheet(Kind.POSTER_A4, "en", event.public_id))
        finally:
            connection.close()

    monkeypatch.setattr(making, "draw", slowly)
    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert drawn == [Kind.POSTER_A4]
    assert Print.objects.get().data is not None


def test_a_sheet_whose_worker_died_is_taken_again() -> None:
    event = EventFactory()
    claim = Print.objects.claim
    assert claim("poster-a4/en/x", "key", event, WEEKS_BEFORE)
    assert not claim("poster-a4/en/x", "key", event, WEEKS_BEFORE + LEASE / 2)
    assert claim("poster-a4/en/x", "key", event, WEEKS_BEFORE + LEASE)
    assert claim("poster-a4/en/x", "other key", event, WEEKS_BEFORE + LEASE)
    assert Print.objects.get().tries == 1
