"""Mails that come back, and readers who call them unwanted: believed only from who has seen the mail."""

import base64
import mailbox
import random
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.utils import parseaddr
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from outbox import bounces, reports, tasks
from outbox.letters import Letter
from outbox.messages import message_of
from outbox.models import Delivery, Recipient
from outbox.reports import Kind, Report
from outbox.return_path import delivery_named_in, return_path
from reminders.models import Subscription
from tests.factories import DeliveryFactory, EventFactory, RecipientFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db

State = Delivery.State


@pytest.fixture(autouse=True)
def bounces_address(settings: Settings) -> None:
    settings.BOUNCES_ADDRESS = "bounces@noborder.example"


def sent(recipient: Recipient | None = None, **fields: object) -> Delivery:
    recipient = recipient or RecipientFactory.create()
    return DeliveryFactory.create(recipient=recipient, state=State.SENT, finished_at=timezone.now(), **fields)


def bounce(to: str, *, action: str = "failed", status: str = "5.1.1", diagnostic: str = "smtp; 550 no") -> bytes:
    """As a mail server writes it (RFC 3464, from Postfix)."""
    return f"""\
From: MAILER-DAEMON@mx.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="B/mx.example"

--B/mx.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you. <canary@example.org>: user unknown

--B/mx.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Mon, 11 Oct 2027 09:00:00 +0000 (UTC)

Final-Recipient: rfc822; canary@example.org
Action: {action}
Status: {status}
Diagnostic-Code: {diagnostic}

--B/mx.example
Content-Type: text/rfc822-headers

From: noborder <noreply@noborder.example>
Subject: Tomorrow: a march

--B/mx.example--
""".encode()


def complaint(return_path: str, kind: str = "abuse") -> bytes:
    """As a mailbox provider writes it (RFC 5965)."""
    return f"""\
From: <fbl@provider.example>
To: <bounces@noborder.example>
Subject: FW: Tomorrow: a march
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part1"

--part1
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.

--part1
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1

--part1
Content-Type: message/rfc822

Return-Path: <{return_path}>
From: noborder <noreply@noborder.example>
Subject: Tomorrow: a march

We walk.
--part1--
""".encode()


def standing(delivery: Delivery) -> tuple[str, str, bool]:
    """What became of the mail, and whether its recipient is suspended."""
    row = Delivery.objects.select_related("recipient").get(pk=delivery.pk)
    return row.state, row.reason, row.recipient.suspended_at is not None


def test_the_return_path_names_the_delivery_to_us_alone(settings: Settings) -> None:
    address = return_path(17)

    assert delivery_named_in(f"To: <{address.upper()}>".encode()) == 17
    assert len(address.partition("@")[0]) <= 64
    assert return_path(18)[:16] != address[:16]
    settings.SEAL_KEYS = {"k2": b"n" * 32, **settings.SEAL_KEYS}
    assert delivery_named_in(address.encode()) == 17
    settings.SEAL_KEYS = {"k2": b"n" * 32}
    assert delivery_named_in(address.encode()) is None


def test_bounces_go_to_the_return_path_and_readers_see_who_writes(settings: Settings) -> None:
    delivery = sent()
    letter = Letter("A march", "We walk.", "<p>We walk.</p>")

    message = message_of(delivery, letter)
    assert message.sender == return_path(delivery.pk)
    assert message_from_bytes(message.content)["From"] == settings.DEFAULT_FROM_EMAIL

    settings.BOUNCES_ADDRESS = ""
    assert message_of(delivery, letter).sender == parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


@pytest.mark.parametrize(
    ("report", "reason", "is_suspended"),
    [
        ({}, "bounced 5.1.1", True),
        ({"status": "5.1.10"}, "bounced 5.1.10", True),
        ({"status": "5.0.0", "diagnostic": "smtp; 550 5.1.1 <canary@example.org> unknown"}, "bounced 5.1.1", True),
        ({"status": "5.2.2"}, "bounced 5.2.2", False),
        ({"status": "5.7.1"}, "bounced 5.7.1", False),
        ({"status": "4.4.7"}, "bounced 4.4.7", False),
        ({"action": "delayed", "status": "4.4.1"}, "", False),
        ({"action": "delivered", "status": "2.0.0"}, "", False),
        ({"status": "2.0.0"}, "", False),
        ({"status": "nonsense"}, "", False),
    ],
)
def test_what_a_bounce_means(report: dict[str, str], reason: str, is_suspended: bool) -> None:
    delivery = sent()

    assert bounces.take(bounce(return_path(delivery.pk), **report)) is bool(reason)

    assert standing(delivery) == (State.FAILED if reason else State.SENT, reason, is_suspended)
    assert bounces.take(bounce(return_path(delivery.pk), **report)) is False


def test_an_address_whose_mails_come_back_three_times_is_left_alone() -> None:
    anna, other = RecipientFactory.create(), RecipientFactory.create()
    with time_machine.travel(timezone.now() - timedelta(days=20), tick=False):
        old = sent(anna)
        bounces.take(bounce(return_path(old.pk), status="5.2.2"))
    policy = sent(anna)
    bounces.take(bounce(return_path(policy.pk), status="5.7.1"))
    mails = [sent(anna) for _n in range(3)]
    of_another = sent(other)
    bounces.take(bounce(return_path(of_another.pk), status="5.2.2"))
    suspended = []
    for mail in mails:
        bounces.take(bounce(return_path(mail.pk), status="5.2.2"))
        suspended.append(standing(mail)[2])

    assert suspended == [False, False, True]
    assert standing(of_another)[2] is False


def test_a_stranger_suspends_nobody() -> None:
    delivery = sent()
    token = return_path(delivery.pk)
    last = "a" if token.partition("@")[0][-2] != "a" else "b"
    forged = token.partition("@")[0][:-2] + last + token.partition("@")[0][-1] + "@noborder.example"
    guesses = [
        forged,
        f"bounces+{delivery.pk}@noborder.example",
        "bounces@noborder.example",
        delivery.message_id,
        f"bounces+{base64.b32encode(bytes(24)).decode().rstrip('=')}@noborder.example",
    ]

    for guess in guesses:
        assert bounces.take(bounce(guess)) is False
        assert bounces.take(complaint(guess)) is False
    assert standing(delivery) == (State.SENT, "", False)


def test_only_a_mail_that_was_sent_lately_can_come_back() -> None:
    waiting = DeliveryFactory.create()
    old = DeliveryFactory.create(state=State.SENT, finished_at=timezone.now() - timedelta(days=31))

    assert [bounces.take(bounce(return_path(pk))) for pk in (waiting.pk, old.pk, 10**9)] == [False] * 3


def test_a_reader_who_complains_gets_no_more_of_what_brought_the_mail() -> None:
    anna = RecipientFactory.create()
    event, another = EventFactory.create(), EventFactory.create()
    of_event = SubscriptionFactory.create(recipient=anna, event=event)
    of_another = SubscriptionFactory.create(recipient=anna, event=another)
    of_country = SubscriptionFactory.create(
        recipient=anna, campaign=event.campaign, scope="country", country="PL", event=None
    )

    def left() -> set[int]:
        return set(Subscription.objects.values_list("pk", flat=True))

    reminder = sent(anna, letter="reminder", ids={"event": event.pk})
    assert bounces.take(complaint(return_path(reminder.pk))) is True
    assert left() == {of_another.pk, of_country.pk}
    assert of_event.pk not in left()
    assert standing(reminder) == (State.SENT, bounces.COMPLAINED, False)
    assert bounces.take(complaint(return_path(reminder.pk))) is False

    digest = sent(anna, letter="digest", ids={"campaign": event.campaign_id})
    bounces.take(complaint(return_path(digest.pk)))
    assert left() == {of_another.pk}
    assert standing(digest)[2] is False

    bounces.take(complaint(return_path(sent(anna, letter="confirm").pk)))
    assert Recipient.objects.get(pk=anna.pk).suspended_at is not None


def test_not_every_kind_of_feedback_is_a_complaint() -> None:
    delivery = sent()

    assert [
        bounces.take(complaint(return_path(delivery.pk), kind)) for kind in ("not-spam", "auth-failure", "Abuse")
    ] == [False, False, True]


def nested(levels: int) -> str:
    return "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(levels))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff" * 20_000,
        b"Content-Type: multipart/report; boundary=",
        b"Content-Type: message/delivery-status\n\n" + b"Action: failed\n\n" * 4_000,
        b"Content-Type: message/rfc822\n\n" * 2_000,
        nested(29).encode(),
        nested(1_000).encode(),
        b"Content-Type: multipart/report; boundary=x\n\n" + b"--x\n\n" * 12_000,
        b"Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n!!!",
        b"Content-Type: message/feedback-report; charset=nonsense\n\nFeedback-Type: \xff\xfe",
        b"Subject: I am on holiday\n\nUntil Monday.",
        b"A" * 5_000_000,
    ],
)
def test_what_is_no_report_does_no_harm(content: bytes) -> None:
    delivery = sent()
    mail = f"To: {return_path(delivery.pk)}\n".encode() + content

    assert bounces.take(mail) is False
    assert standing(delivery) == (State.SENT, "", False)


def test_broken_reports_are_read_without_an_error(is_long: bool) -> None:
    chance = random.Random(3464)
    whole = bounce("bounces@noborder.example")
    for _n in range(3_000 if is_long else 150):
        broken = bytearray(whole)
        for _change in range(chance.randrange(1, 30)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        reports.read(bytes(broken[: chance.randrange(len(broken))]))

    assert reports.read(whole) == Report(Kind.BOUNCE, "5.1.1")


def test_a_folder_is_read_and_emptied(settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = mailbox.Maildir(tmp_path / "bounces")
    settings.BOUNCES_URL = f"maildir://{tmp_path}/bounces"
    first, second = sent(), sent()
    folder.add(bounce(return_path(first.pk)))
    folder.add(b"Subject: buy canary pills\n\nNow.")
    folder.add(complaint(return_path(second.pk)))
    folder.add(bounce("canary@example.org"))

    tasks.read_bounces()

    assert [standing(delivery)[0] for delivery in (first, second)] == [State.FAILED, State.SENT]
    assert len(folder) == 0
    assert "canary" not in caplog.text


def test_without_a_mailbox_nothing_is_read(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    assert bounces.read_mailbox() == 0
    with pytest.raises(CommandError, match="BOUNCES_URL is not set"):
        call_command("read_bounces")
    settings.BOUNCES_URL = "imap://me:canary@127.0.0.1:1"
    assert bounces.read_mailbox() == 0
    assert "the mailbox of bounces cannot be read: ConnectionRefusedError" in caplog.text
    assert "canary" not in caplog.text


@pytest.fixture
def imap() -> Iterator[Callable[[list[bytes]], tuple[int, list[str]]]]:
    """A server that knows as much of IMAP as is asked of it: gives its port and what it was told."""
    listener = socket.create_server(("127.0.0.1", 0))
    told: list[str] = []

    def serve(mails: list[bytes]) -> None:
        connection, _address = listener.accept()
        with connection, connection.makefile("rwb") as lines:
            lines.write(b"* OK ready\r\n")
            lines.flush()
            for line in lines:
                tag, _space, command = line.decode().strip().partition(" ")
                told.append(command)
                if command.startswith("CAPABILITY"):
                    lines.write(b"* CAPABILITY IMAP4rev1\r\n")
                elif command.startswith("SELECT"):
                    lines.write(f"* {len(mails)} EXISTS\r\n".encode())
                elif command.startswith("UID SEARCH"):
                    lines.write(f"* SEARCH {' '.join(str(n + 1) for n in range(len(mails)))}\r\n".encode())
                elif command.startswith("UID FETCH"):
                    mail = mails[int(command.split()[2]) - 1][: reports.MOST_BYTES]
                    lines.write(f"* 1 FETCH (UID 1 BODY[]<0> {{{len(mail)}}}\r\n".encode() + mail + b")\r\n")
                lines.write(f"{tag} OK done\r\n".encode())
                lines.flush()

    def start(mails: list[bytes]) -> tuple[int, list[str]]:
        threading.Thread(target=serve, args=[mails], daemon=True).start()
        return listener.getsockname()[1], told

    yield start
    listener.close()


def test_a_mailbox_is_read_and_emptied(
    settings: Settings, imap: Callable[[list[bytes]], tuple[int, list[str]]]
) -> None:
    delivery = sent()
    huge = EmailMessage()
    huge["To"] = return_path(delivery.pk)
    huge.set_content("A" * 70_000)
    port, told = imap([bounce("nobody@example.org"), huge.as_bytes(), bounce(return_path(delivery.pk))])
    settings.BOUNCES_URL = f"imap://me:pass%20word@127.0.0.1:{port}/Bounces"
    out = StringIO()

    call_command("read_bounces", stdout=out)

    assert out.getvalue() == "Reports taken in: 1\n"
    assert standing(delivery) == (State.FAILED, "bounced 5.1.1", True)
    assert told[1:] == [
        'LOGIN me "pass word"',
        "SELECT Bounces",
        "UID SEARCH ALL",
        *[
            command
            for uid in (1, 2, 3)
            for command in (f"UID FETCH {uid} (BODY.PEEK[]<0.64000>)", f"UID STORE {uid} +FLAGS.SILENT (\\Deleted)")
        ],
        "EXPUNGE",
        "LOGOUT",
    ]
