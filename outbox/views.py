"""The mailbox page of a local site: what `manage.py up` would have sent."""

import mailbox
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from outbox.backends import local_mailbox

MOST_SHOWN = 200
# Nothing runs, nothing loads; links open.
MAIL_POLICY = (
    "sandbox allow-popups allow-top-navigation-by-user-activation; default-src 'none'; style-src 'unsafe-inline'"
)


@dataclass(frozen=True)
class LandedMail:
    key: str
    message: EmailMessage

    def part(self, kind: str) -> str:
        body = self.message.get_body((kind,))
        return str(body.get_content()) if body else ""

    @property
    def text(self) -> str:
        return self.part("plain")

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in self.message.items()]


def _mailbox() -> mailbox.Maildir:
    if settings.MODE == "production" or not settings.EMAIL_FILE_PATH:
        raise Http404
    return local_mailbox()


def _read(folder: mailbox.Maildir, key: str) -> LandedMail:
    try:
        raw = folder.get_bytes(key)
    except KeyError as error:
        raise Http404 from error
    return LandedMail(key, BytesParser(EmailMessage, policy=policy.default).parsebytes(raw))


@require_safe
def landed(request: HttpRequest) -> HttpResponse:
    """All mails, the newest first."""
    folder = _mailbox()
    keys = sorted(folder.keys(), reverse=True)
    mails = [_read(folder, key) for key in keys[:MOST_SHOWN]]
    return render(request, "outbox/landed.html", {"mails": mails, "count": len(keys)})


@require_safe
def mail(request: HttpRequest, key: str) -> HttpResponse:
    return render(request, "outbox/mail.html", {"mail": _read(_mailbox(), key)})


@require_safe
def mail_html(request: HttpRequest, key: str) -> HttpResponse:
    """The HTML part alone, with nothing of ours around it and nothing allowed to run or load."""
    response = HttpResponse(_read(_mailbox(), key).part("html"))
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    return response
