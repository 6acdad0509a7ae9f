"""R1: whatever is typed into whatever field, no page, mail, feed or list of the site runs it.

Each payload is put into every text of the database past all forms, every address is opened by those who may, and every
form is sent with it. A real browser parses what comes back and looks for anything that could run; a few of the pages
it also opens, with their headers, and waits for a dialogue, a report of the policy or a request.
"""

import json
import random
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle, product
from pathlib import Path
from xml.etree import ElementTree

import pytest
import redis
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from playwright.sync_api import ConsoleMessage, Dialog, Page, Route

from accounts.models import User
from events.markdown import as_html
from outbox import letters
from outbox.models import Delivery, Recipient
from tests.security.addresses import World, addresses, whose
from tests.security.payloads import HOW_MANY, PAYLOADS
from tests.security.typed import type_everywhere

ORGANISER = "organiser of it"
# A third of a minute each. Others are chosen each time: all of them for each field would take an hour.
LONG_ROUNDS = 25
# In a page that a browser has parsed: each thing that runs, loads or leads away, other than what our templates hold.
FIND = Path(__file__).with_name("executable.js").read_text("utf-8")
SITE = "https://noborder.example"


def test_there_are_two_hundred() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) == HOW_MANY


@pytest.fixture(scope="session")
def seed() -> int:
    return random.SystemRandom().randrange(10**6)


def _chosen(seed: int, *, rounds: int) -> Iterator[list[str]]:
    """Rounds in each of which every field gets another payload."""
    print(f"seed {seed}")  # noqa: T201
    shuffled = random.Random(seed).sample(PAYLOADS, len(PAYLOADS))
    for start in range(0, HOW_MANY, HOW_MANY // rounds):
        yield shuffled[start:] + shuffled[:start]


def _opened(world: World, payload: str) -> Iterator[tuple[str, HttpResponse]]:
    """Every address as the person whom it is made for sees it, with a query of the same kind."""
    clients = {role: world.client(role) for role in set(map(whose, addresses()))}
    for address in addresses():
        client = clients[whose(address)]
        path = world.path(address)
        page = client.get(path)
        yield address.name, page
        if not _is_html(page):
            continue
        if "<input" in (html := page.content.decode()):
            yield address.name, client.get(path, {"q": payload, "next": payload, "city": payload}, follow=True)
        if 'method="post"' in html:
            yield address.name, _sent(client, path, html, payload)


def _sent(client: Client, path: str, html: str, payload: str) -> HttpResponse:
    """What a form says of what it does not understand. Nothing of it is kept."""
    names = re.findall(r'<(?:input|textarea|select)[^>]* name="(\w+)"', html)
    with transaction.atomic():
        answer = client.post(path, dict.fromkeys([*names, "reason", "verb", "do"], payload))
        transaction.set_rollback(True)
    return answer


def _letters(world: World) -> Iterator[tuple[str, str]]:
    """The mails that can be made of this world, each for several people: a letter names what it tells of by number, and
    what it cannot be made of it says by an error."""
    ids: dict[str, object] = {"organiser": world.people[ORGANISER].organiser_of.get().pk}
    for delivery in Delivery.objects.all():
        ids |= delivery.ids
    people = Recipient.objects.filter(pk__in=User.objects.values("recipient")) | Recipient.objects.filter(
        pk=world.registration.recipient_id
    )
    deliveries = [
        Delivery(pk=1, letter=name, recipient=person, ids=ids) for name, person in product(letters._kinds, people)
    ]
    for delivery in [*Delivery.objects.filter(letter__in=letters._kinds), *deliveries]:
        with suppress(LookupError, TypeError, AttributeError, ValueError, ObjectDoesNotExist), transaction.atomic():
            made = letters.kind(delivery.letter).letters_to([delivery])
            yield from ((delivery.letter, letter.html) for letter in made.values())


def _is_html(response: HttpResponse) -> bool:
    return response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming


def _inside_feeds(response: HttpResponse) -> list[str]:
    """The pieces of HTML in a feed."""
    kind = response.headers.get("Content-Type", "")
    if response.status_code != 200 or response.streaming:
        return []
    if "atom+xml" in kind:
        return [
            part.text or "" for part in ElementTree.fromstring(response.content).iter() if part.get("type") == "html"
        ]
    if "feed+json" in kind:
        return [item.get("content_html", "") for item in json.loads(response.content)["items"]]
    return []


def _everything(world: World, payload: str) -> Iterator[tuple[str, str, HttpResponse | None]]:
    """All HTML of the site with the answers that are whole pages."""
    for name, response in _opened(world, payload):
        assert response.status_code < 500, (name, payload)
        if _is_html(response):
            yield name, response.content.decode(), response
        else:
            assert response.headers.get("X-Content-Type-Options") == "nosniff"
            yield from ((name, html, None) for html in _inside_feeds(response))
    yield from ((name, html, None) for name, html in _letters(world))


def test_nothing_that_is_typed_runs_anywhere(world: World, page: Page, seed: int, is_long: bool) -> None:
    for texts in _chosen(seed, rounds=LONG_ROUNDS if is_long else 1):
        assert type_everywhere(cycle(texts)) > 90
        # One network may ask for so many new sheets an hour, and no more.
        redis.Redis.from_url(settings.CACHE_URL).flushdb()
        found: dict[tuple[str, str], HttpResponse | None] = {}
        for name, html, response in _everything(world, texts[0]):
            found[name, html] = response
        assert len(found) > 250
        assert len({name for name, _html in found if name in letters._kinds}) > 12
        assert any("alert(1)" in html for _name, html in found)
        page.goto("about:blank")
        wrong = page.evaluate(FIND, [[name, html] for name, html in found])
        assert wrong == []
        whole = [(name, answer) for (name, _html), answer in found.items() if answer and answer.status_code == 200]
        for name, response in random.Random(seed).sample(whole, 8):
            assert (name, _what_the_browser_says(page, response)) == (name, [])


def _what_the_browser_says(page: Page, response: HttpResponse) -> list[str]:
    """What happens when a browser opens this answer, headers and all, as an address of the site."""
    said: list[str] = []

    def answer(route: Route) -> None:
        is_it = route.request.url == f"{SITE}/it/"
        if not route.request.url.startswith(SITE):
            said.append(f"asked for {route.request.url}")
        body = response.content if is_it else b""
        route.fulfill(status=200 if is_it else 404, headers=dict(response.headers.items()) if is_it else {}, body=body)

    def opened(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    def logged(message: ConsoleMessage) -> None:
        if "Content Security" in message.text:
            said.append(message.text)

    page.route("**/*", answer)
    page.once("dialog", opened)
    page.once("console", logged)
    page.goto(f"{SITE}/it/")
    page.mouse.move(200, 200)
    if page.url != f"{SITE}/it/":
        said.append(f"went to {page.url}")
    page.unroute("**/*", answer)
    return said


def test_markdown_of_each_is_cleaned(page: Page) -> None:
    page.goto("about:blank")
    assert page.evaluate(FIND, [[payload, as_html(payload)] for payload in PAYLOADS]) == []
