"""One kept connection to the mail server, and its answers in four words."""

import contextlib
import smtplib
from types import TracebackType
from typing import Self, cast

from django.core.mail import get_connection

from outbox.backends import MaildirBackend, SmtpBackend
from outbox.messages import Message

MOST_BREAKS_IN_A_ROW = 3
# "5.7.x" in a refusal (RFC 3463): the server minds our machine, our text or a rule of its own, not the address.
POLICY = b"5.7."
TOO_BIG = 552
CLOSING = 421


class Down(Exception):
    """There is no connection to be had: nothing was handed over."""


class Later(Exception):
    """Not now: the server said so (4xx), or the connection broke before the mail's text was on its way. The argument
    is the code or the kind of break; `is_answer` if the server said so of this mail and its recipient."""

    def __init__(self, what: int | str, *, is_answer: bool = False) -> None:
        super().__init__(what)
        self.is_answer = is_answer
        self.is_closing = what == CLOSING


class Refused(Exception):
    """The server refuses for good (5xx)."""

    def __init__(self, code: int, *, is_address_bad: bool) -> None:
        super().__init__(code)
        self.code = code
        self.is_address_bad = is_address_bad


class Unanswered(Exception):
    """The connection broke or hung after the mail's text was sent: nobody can know whether it was taken."""


class MailServer:
    """A connection that is opened when it is needed and kept for many mails (a context manager)."""

    def __init__(self) -> None:
        self.accepted = 0
        self._backend = cast(SmtpBackend | MaildirBackend, get_connection())
        self._breaks_in_a_row = 0
        self._broken_early: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def open(self) -> None:
        """Called before each mail. Raises Down, also when connections keep breaking: the rest shall not suffer it."""
        if self._breaks_in_a_row >= MOST_BREAKS_IN_A_ROW:
            raise Down("the connection keeps breaking")
        try:
            self._backend.open()
        except (smtplib.SMTPException, OSError) as error:
            self._close()
            raise Down(type(error).__name__) from error

    def _close(self) -> None:
        with contextlib.suppress(smtplib.SMTPException, OSError):
            self._backend.close()

    def announce(self, message: Message) -> None:
        """Tell the server that this mail comes next, and wait for nothing: what is wrong is told by `send`."""
        self._broken_early = None
        try:
            self._backend.announce(message)
        except (smtplib.SMTPException, OSError) as error:
            self._broken_early = error

    def send(self, message: Message) -> None:
        """Hand over the mail that was announced; returns when the server has accepted it. Raises Later, Refused or
        Unanswered."""
        try:
            if self._broken_early:
                raise self._broken_early
            self._backend.finish(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()))
            raise self._answered(code, is_address_bad=not words.startswith(POLICY)) from error
        except smtplib.SMTPSenderRefused as error:
            raise self._sender_refused(error.smtp_code) from error
        except smtplib.SMTPDataError as error:
            raise self._answered(error.smtp_code) from error
        except (smtplib.SMTPException, OSError) as error:
            raise self._broken(error) from error
        self.accepted += 1
        self._breaks_in_a_row = 0

    def withdraw(self) -> None:
        """The mail that was announced does not come: only a new connection forgets it without a trace."""
        self._close()

    def _answered(self, code: int, *, is_address_bad: bool = False) -> Later | Refused:
        if code == CLOSING:
            self._start_anew()
            return Later(code, is_answer=True)
        self._breaks_in_a_row = 0
        return Later(code, is_answer=True) if code < 500 else Refused(code, is_address_bad=is_address_bad)

    def _sender_refused(self, code: int) -> Later | Refused:
        """Whatever is wrong with us is wrong for every mail, and can be put right: only a size is the mail's own."""
        if code == TOO_BIG:
            return self._answered(code)
        self._start_anew()
        return Later(code)

    def _broken(self, error: Exception) -> Later | Unanswered:
        name = type(error).__name__
        is_unknown = getattr(self._backend, "is_text_on_its_way", False)
        self._start_anew()
        return Unanswered(name) if is_unknown else Later(name)

    def _start_anew(self) -> None:
        self._breaks_in_a_row += 1
        self._close()
