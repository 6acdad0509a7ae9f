"""The digest of a day: made once for all who follow the same, with each reader's own links."""

from collections.abc import Callable
from datetime import time

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from outbox import letters
from outbox.models import Delivery, Recipient
from reminders.planning import plan
from tests.factories import CityFactory, RecipientFactory
from tests.reminders.conftest import Mail
from tests.reminders.test_planning import at, follower, follower_of, protest

pytestmark = pytest.mark.django_db

Delivered = Callable[[], list[Mail]]


def test_readers_of_the_same_places_get_the_same_with_their_own_links(delivered: Delivered) -> None:
    city = CityFactory()
    own, other = (protest(city=city, title=title, start=time(hour)) for title, hour in (("Own", 16), ("Other", 15)))
    for name, language in (("anna", "en"), ("bela", "en"), ("celina", "pl")):
        follower_of("city", RecipientFactory(address=f"{name}@example.org", language=language), city=city)
    follower(own, recipient=RecipientFactory(address="dora@example.org"))
    follower_of("city", Recipient.objects.with_address("dora@example.org").get(), city=city)

    plan(at("10-10 10:55"))
    with time_machine.travel(at("10-10 11:00"), tick=False):
        mails = {mail.to.partition("@")[0]: mail for mail in delivered()}

    assert len({mail.link("leave") for mail in mails.values()}) == 4
    assert mails["anna"].subject == mails["bela"].subject != mails["celina"].subject
    # Who follows one of them finds it first.
    order = {name: mail.text.index(own.title) < mail.text.index(other.title) for name, mail in mails.items()}
    assert order == {"anna": False, "bela": False, "celina": False, "dora": True}


def test_many_readers_cost_no_more_questions_than_a_few() -> None:
    city = CityFactory()
    protest(city=city)
    costs = []
    with time_machine.travel(at("10-10 11:00"), tick=False):
        for _round in range(2):
            for _reader in range(3):
                follower_of("city", city=city)
            plan(at("10-10 10:55"))
            digests = list(Delivery.objects.select_related("recipient"))
            with CaptureQueriesContext(connection) as asked:
                assert letters.kind("digest").unwanted(digests) == {}
                assert len(letters.kind("digest").letters_to(digests)) == len(digests)
            costs.append(len(asked))

    assert len(digests) == 6
    assert costs[0] == costs[1]
