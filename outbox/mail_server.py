"""One kept connection to the mail server, and its answers in four words."""

import smtplib
from types import TracebackType
from typing import Self

from django.core.mail import EmailMessage, get_connection


class Down(Exception):
    """There is no connection to be had: nothing was handed over."""


class Later(Exception):
    """The server wants to be asked again (4xx). The argument is its code."""


class Refused(Exception):
    """The server refuses for good (5xx)."""

    def __init__(self, code: int, *, is_address_bad: bool) -> None:
        super().__init__(code)
        self.code = code
        self.is_address_bad = is_address_bad


class Unanswered(Exception):
    """The connection broke or hung while the mail was handed over: nobody can know whether it was taken."""


class MailServer:
    """Opened once for many mails (a context manager). `send` returns when the server has accepted the mail."""

    def __init__(self) -> None:
        self._backend = get_connection()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def open(self) -> None:
        try:
            self._backend.open()
        except (smtplib.SMTPException, OSError) as error:
            self._close()
            raise Down(type(error).__name__) from error

    def _close(self) -> None:
        try:
            self._backend.close()
        except (smtplib.SMTPException, OSError):
            self._backend.connection = None  # type: ignore[attr-defined]

    def send(self, message: EmailMessage) -> None:
        """Raises Down, Later, Refused or Unanswered."""
        self.open()
        try:
            self._backend.send_messages([message])
        except smtplib.SMTPRecipientsRefused as error:
            raise self._verdict(next(iter(error.recipients.values()))[0], is_address_bad=True) from error
        except smtplib.SMTPSenderRefused as error:
            self._close()
            raise Later(error.smtp_code) from error
        except smtplib.SMTPDataError as error:
            raise self._verdict(error.smtp_code, is_address_bad=False) from error
        except (smtplib.SMTPException, OSError) as error:
            self._close()
            raise Unanswered(type(error).__name__) from error

    def _verdict(self, code: int, *, is_address_bad: bool) -> Later | Refused:
        if code == 421:
            self._close()
        return Later(code) if code < 500 else Refused(code, is_address_bad=is_address_bad)
