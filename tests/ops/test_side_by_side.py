"""Two web and two mail processes on one PostgreSQL and one Redis: they show the same, and send each mail once."""

from collections import Counter

import pytest

from events.models import SiteStamp
from noborder.embedded.processes import wait_until
from tests.factories import DeliveryFactory
from tests.ops.composed import Composed

pytestmark = [pytest.mark.xdist_group("composed"), pytest.mark.django_db(transaction=True)]
PATIENCE = 300
MAILS = 120
# They know the letter of the tests, which needs nothing but its recipient.
LETTERS = ["--include=tests.outbox.letters"]


def test_two_of_each_serve_and_send_together(composed: Composed) -> None:
    composed.stop("mail")
    composed.start("web", "web-2")
    for name in ("mail", "mail-2"):
        composed.start("mail", name, LETTERS)
    composed.wait_for("web-2")
    try:
        pages = {door: composed.ask("/en/about/", door=door).headers["etag"] for door in ("web", "web-2")}
        assert len({*pages.values()}) == 1
        with composed.rows():
            SiteStamp.objects.bump()
        for door in pages:
            assert wait_until(lambda d=door: etag(composed, d) != pages[d], seconds=PATIENCE), composed.said()
        assert etag(composed, "web") == etag(composed, "web-2")
        expected = post_many(composed)
        assert wait_until(lambda: is_all_sent(composed, expected), seconds=PATIENCE, pause=0.5), composed.said()
        copies = Counter(mail["id"] for mail in composed.accepted if mail["id"] in expected)
        assert copies == dict.fromkeys(expected, 1)
    finally:
        composed.stop("web-2")
        composed.stop("mail-2")


def post_many(site: Composed) -> set[str]:
    """Mails that are due; gives their Message-IDs."""
    with site.rows():
        return {DeliveryFactory(key=f"together:{number}").message_id for number in range(MAILS)}


def is_all_sent(site: Composed, expected: set[str]) -> bool:
    return expected <= {mail["id"] for mail in site.accepted}


def etag(site: Composed, door: str) -> str:
    return site.ask("/en/about/", door=door).headers["etag"]
