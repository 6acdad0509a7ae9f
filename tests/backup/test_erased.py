"""Who was erased after the backup is erased again by the restore, before anybody works with what came back."""

import datetime as dt
import io
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command

from accounts.erasing import erase
from noborder.backup.programs import Database
from outbox.models import Erased, Hold, Recipient
from reminders.models import Subscription
from tests.backup.conftest import Site, connected_to, fresh_database
from tests.factories import WEEKS_BEFORE
from tests.security.test_forgetting import found


@pytest.mark.django_db(transaction=True)
def test_a_restore_erases_again_who_was_erased_since_and_nobody_else(
    site: Site, empty: Database, tmp_path: Path
) -> None:
    listed, said = tmp_path / "erased.txt", io.StringIO()
    with (
        fresh_database("live", template=site.database.name) as live,
        connected_to(live),
        time_machine.travel(WEEKS_BEFORE + dt.timedelta(hours=1)),
    ):
        gone = Subscription.objects.exclude(confirmed_at=None).earliest("pk").recipient
        stays = Recipient.objects.exclude(pk=gone.pk).exclude(address="").earliest("pk")
        canaries = (gone.address, bytes(gone.address_hash).hex())
        erase(gone)
        call_command("erased", stdout=said)
        listed.write_text(said.getvalue(), "ascii")
        assert len(listed.read_text().splitlines()) == 1
    restore = ["restore", str(site.backup), "--identity", str(site.keys), "--erased", str(listed)]
    with connected_to(empty.name), time_machine.travel(WEEKS_BEFORE + dt.timedelta(hours=2)):
        call_command(*restore, stdout=io.StringIO())
        assert Hold.objects.exists()
        assert Recipient.objects.filter(pk=stays.pk).exists()
        assert not Recipient.objects.filter(pk=gone.pk).exists()
        assert not Subscription.objects.filter(recipient_id=gone.pk).exists()
        # The list itself keeps a keyed hash of them, and nothing else does.
        assert {place for place, _canary in found(*canaries)} == {"outbox_erased.address_hash"}
        assert Erased.objects.count() == 1
