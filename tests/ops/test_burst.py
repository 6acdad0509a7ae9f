"""A burst on the site of docker-compose.yml: nobody gets a page that was meant for another address, who is sent away is
told when to come again, the moderator goes on, and mails leave. How fast all that is, `manage.py bench` says."""

from collections.abc import Iterator

import pytest

from events.models import Event
from noborder.bench import outbox_rows
from noborder.bench.burst import burst, cookies_of_moderator, submit
from noborder.bench.moderator import Moderator
from noborder.embedded.processes import wait_until
from outbox.models import Delivery
from tests.factories import RecipientFactory
from tests.ops.composed import Composed

pytestmark = [pytest.mark.xdist_group("composed"), pytest.mark.django_db(transaction=True)]
KEPT = {
    f"/{language}/{page}/": f'<html lang="{language}"'
    for language in ("en", "de")
    for page in ("call", "about", "countries")
}
SEARCHES = {f"/en/protests/?q=word{number}": f'value="word{number}"' for number in range(2)}
PAGES = KEPT | SEARCHES
PATIENCE = 300
# The promise, at 1,000 visitors.
HER_P95 = 0.5


@pytest.fixture
def moderators_cookies(composed: Composed, is_long: bool) -> Iterator[str]:
    """Mails are on their way, protests wait for the moderator who holds these, and pages have been asked for before."""
    composed.stop("mail")
    # It knows the letter of the tests, which needs nothing but its recipient.
    composed.start("mail", more=["--include=tests.outbox.letters"])
    with composed.rows():
        submit(list(Event.objects.all()), 80 if is_long else 50)
        cookies = cookies_of_moderator("__Host-")
        RecipientFactory()
        outbox_rows.fill(50_000 if is_long else 5_000, letter="test", state="queued")
    for path in KEPT:
        composed.ask(path)
    assert wait_until(lambda: composed.accepted, seconds=PATIENCE), composed.said()
    yield cookies
    with composed.rows():
        Delivery.objects.all().delete()


def test_a_burst_is_answered_while_a_moderator_decides_and_mails_leave(
    composed: Composed, moderators_cookies: str, is_long: bool
) -> None:
    clients, seconds = (1000, 20) if is_long else (100, 2)

    def mails() -> int:
        return len(composed.accepted)

    for door, hers in (("onion", "https"), ("web", "web")):
        moderator = Moderator(composed.ports[hers], moderators_cookies, is_tls=hers == "https")
        outcome = burst(composed.ports[door], PAGES, moderator, mails, clients=clients, seconds=seconds)
        print(f"by {door}: {outcome.cells}")  # noqa: T201
        assert {*outcome.saw["statuses"]} <= {"200", "429", "503"}, outcome
        assert outcome.saw["statuses"]["200"] > 0
        assert (outcome.saw["mixed_up"], outcome.saw["without_retry_after"]) == (0, 0)
        assert (moderator.failures, moderator.decisions > 0) == (0, True), outcome
        assert outcome.mails > 0
        if is_long and hers == "https":
            assert moderator.p95 < HER_P95, outcome
