"""Mails that came back, and readers who call a mail unwanted. Of what they write nothing is kept or logged."""

import contextlib
import imaplib
import logging
import mailbox
import ssl
from collections.abc import Iterator
from datetime import timedelta
from time import monotonic
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from outbox import letters, reports
from outbox.actions import suspend
from outbox.models import Delivery
from outbox.reports import MOST_BYTES, Kind
from outbox.return_path import delivery_named_in

logger = logging.getLogger(__name__)

State = Delivery.State

BOUNCED = "bounced"
COMPLAINED = "unwanted by its reader"
# Nobody is there: the address takes no mail at all (RFC 3463). One such answer is enough, as it is in SMTP.
NOBODY_THERE = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}
# The server minds our machine or a rule of its own: the address is not to blame.
POLICY = ("4.7.", "5.7.")
ENOUGH = 3
WITHIN = timedelta(days=14)
# Reports come within a few days; older ones are not believed.
BELIEVED_FOR = timedelta(days=30)

IMAP_PORT, IMAPS_PORT = 143, 993
FOR_SECONDS = 60
TIMEOUT = 20


def read_mailbox() -> int:
    """Read and delete what lies in the mailbox of bounces. Returns how many reports were of use."""
    if not settings.BOUNCES_URL:
        return 0
    useful = 0
    deadline = monotonic() + FOR_SECONDS
    url = urlsplit(settings.BOUNCES_URL)
    try:
        for mail in _from_folder(url) if url.scheme == "maildir" else _from_server(url):
            useful += take(mail)
            if monotonic() > deadline:
                break
    except (imaplib.IMAP4.error, OSError) as error:
        logger.warning("the mailbox of bounces cannot be read: %s", type(error).__name__)
    return useful


def _from_folder(url: SplitResult) -> Iterator[bytes]:
    """Each mail's first bytes; it is deleted once the next one is asked for."""
    folder = mailbox.Maildir(unquote(url.path), factory=None, create=False)
    for key in folder.keys():  # noqa: SIM118 - iterating over a folder itself would read the mails
        with folder.get_file(key) as file:
            mail = file.read(MOST_BYTES)
        yield mail
        folder.discard(key)


def _from_server(url: SplitResult) -> Iterator[bytes]:
    """The same over IMAP."""
    with _connection(url) as server:
        server.login(unquote(url.username or ""), unquote(url.password or ""))
        server.select(unquote(url.path.strip("/")) or "INBOX")
        _answer, found = server.uid("search", "ALL")
        try:
            for uid in found[0].split() if found[0] else []:
                _answer, fetched = server.uid("fetch", uid, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
                yield next((part[1] for part in fetched if isinstance(part, tuple)), b"")
                server.uid("store", uid, "+FLAGS.SILENT", r"(\Deleted)")
        finally:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                server.expunge()


def _connection(url: SplitResult) -> imaplib.IMAP4:
    host = url.hostname or ""
    if url.scheme == "imap":
        return imaplib.IMAP4(host, url.port or IMAP_PORT, timeout=TIMEOUT)
    context = ssl.create_default_context()
    return imaplib.IMAP4_SSL(host, url.port or IMAPS_PORT, ssl_context=context, timeout=TIMEOUT)


def take(mail: bytes) -> bool:
    """Whether *mail* is a report about one of ours and changed something. What names none of our mails is not read."""
    pk = delivery_named_in(mail[:MOST_BYTES])
    report = reports.read(mail) if pk is not None else None
    if pk is None or report is None:
        return False
    with transaction.atomic():
        sent = Delivery.objects.select_for_update(of=("self",)).select_related("recipient")
        delivery = sent.filter(pk=pk, state=State.SENT, finished_at__gt=timezone.now() - BELIEVED_FOR).first()
        if delivery is None or delivery.reason == COMPLAINED:
            return False
        if report.kind == Kind.COMPLAINT:
            _unwanted(delivery)
        else:
            _came_back(delivery, report.status)
    return True


def _came_back(delivery: Delivery, status: str) -> None:
    now = timezone.now()
    Delivery.objects.filter(pk=delivery.pk).update(
        state=State.FAILED, reason=f"{BOUNCED} {status}", finished_at=now, copies=F("copies") + 1
    )
    if status.startswith(POLICY):
        return
    lately = Delivery.objects.filter(
        recipient=delivery.recipient_id, state=State.FAILED, reason__startswith=BOUNCED, finished_at__gt=now - WITHIN
    )
    blamed = [reason for reason in lately.values_list("reason", flat=True) if not _of(reason).startswith(POLICY)]
    if status in NOBODY_THERE or len(blamed) >= ENOUGH:
        suspend(delivery.recipient)


def _of(reason: str) -> str:
    return reason.removeprefix(BOUNCED).strip()


def _unwanted(delivery: Delivery) -> None:
    """Nobody asks why: what brought the mail ends. If nothing did but our own wish, only codes go there from now on."""
    Delivery.objects.filter(pk=delivery.pk).update(reason=COMPLAINED)
    if not letters.leave(delivery):
        suspend(delivery.recipient)
