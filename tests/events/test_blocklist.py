"""What goes into quarantine when it is sent in, and that its sender sees nothing of it."""

import pytest
from django.urls import reverse

from events.actions import submit_protest
from events.blocklist import MOST_A_DAY, MOST_SENDERS_OF_A_TEXT
from events.models import BlockedTerm, Revision
from organising.actions import submit_edit
from tests.factories import WEEKS_BEFORE, CampaignFactory, RevisionFactory, UserFactory
from tests.log_in import log_in

pytestmark = pytest.mark.django_db
Kind, Quarantine = BlockedTerm.Kind, Revision.Quarantine
LONG = "We meet at the station and walk together to the office on the hill where people are detained without any trial"


def submit(by=None, **changes):
    details = RevisionFactory(submitted_at=WEEKS_BEFORE).details() | changes
    return submit_protest(CampaignFactory(), details, by=by or UserFactory())


def block(kind, value):
    BlockedTerm.objects.create(kind=kind, value=value)


def test_nothing_listed_puts_nothing_into_quarantine():
    assert submit().quarantine == ""


@pytest.mark.parametrize(
    ("kind", "value", "details", "expected"),
    [
        (Kind.LINK, "spam.example", {"description": "See https://spam.example/x?y"}, Quarantine.LINK),
        (Kind.LINK, "spam.example", {"description": "[here](//WWW.Spam.Example)"}, Quarantine.LINK),
        (Kind.LINK, "spam.example", {"contact_link": "https://buy.spam.example/"}, Quarantine.LINK),
        (Kind.LINK, "spam.example", {"translations": {"pl": {"title": "a", "description": "x.spam.example"}}}, "link"),
        (Kind.LINK, "spam.example", {"description": "https://nospam.example/ spam.example.org"}, ""),
        (Kind.LINK, "xn--bcher-kva.example", {"description": "https://bücher.example"}, Quarantine.LINK),
        (Kind.WORD, "casino", {"title": "The best CASINO!"}, Quarantine.WORD),
        (Kind.WORD, "casino", {"description": "The best саsinо"}, Quarantine.WORD),
        (Kind.WORD, "casino", {"description": "casinos occasionally"}, ""),
        (Kind.WORD, "free money", {"description": "Frée  -  money, now"}, Quarantine.WORD),
        (Kind.MAIL_DOMAIN, "bad.example", {"contact_email": "a@mail.bad.example"}, Quarantine.MAIL_DOMAIN),
        (Kind.MAIL_DOMAIN, "bad.example", {"contact_email": "bad.example@good.example"}, ""),
    ],
)  # fmt: skip
def test_what_is_listed(kind, value, details, expected):
    block(kind, value)
    assert submit(**details).quarantine == expected


def test_whose_mailbox_is_at_a_listed_domain():
    block(Kind.MAIL_DOMAIN, "bad.example")
    assert submit(by=UserFactory(email="x@bad.example")).quarantine == Quarantine.MAIL_DOMAIN


def test_many_protests_of_one_account_in_a_day():
    user = UserFactory()
    sent = [submit(by=user, title=f"Protest {number}").quarantine for number in range(MOST_A_DAY + 1)]
    assert sent == [""] * MOST_A_DAY + [Quarantine.FLOOD]


def test_one_text_from_many_accounts_in_an_hour():
    sent = [submit(description=f"{LONG} {number}").quarantine for number in range(MOST_SENDERS_OF_A_TEXT + 1)]
    assert sent == [""] * MOST_SENDERS_OF_A_TEXT + [Quarantine.FLOOD]
    assert submit(description=" ".join(reversed(LONG.split()))[:60]).quarantine == ""


def test_an_edit_of_a_first_version_is_looked_at_too():
    block(Kind.WORD, "casino")
    first = submit()
    edited = submit_edit(first.event, {**first.details(), "title": "Casino"}, by=first.author)
    assert edited.quarantine == Quarantine.WORD
    again = submit_edit(first.event, {**first.details(), "title": "Clean"}, by=first.author)
    assert again.quarantine == ""


def test_a_flood_stays_one_in_other_words():
    first = submit()
    Revision.objects.filter(pk=first.pk).update(quarantine=Quarantine.FLOOD)
    edited = submit_edit(first.event, {**first.details(), "title": "Other"}, by=first.author)
    assert edited.quarantine == Quarantine.FLOOD


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (Kind.WORD, "Cásino!", "casino"),
        (Kind.LINK, "WWW.Spam.Example", "spam.example"),
        (Kind.MAIL_DOMAIN, "somebody@Bad.Example", "bad.example"),
        (Kind.WORD, "ab", None),
        (Kind.LINK, "https://spam.example/x", None),
        (Kind.LINK, "spam", None),
    ],
)
def test_admins_edit_the_lists(client, kind, typed, kept):
    log_in(client, UserFactory(is_superuser=True))
    client.post(reverse("admin:events_blockedterm_add"), {"kind": kind, "value": typed, "note": ""})
    assert list(BlockedTerm.objects.values_list("value", flat=True)) == ([kept] if kept else [])
