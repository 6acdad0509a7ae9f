"""Where mails go. Our backends take a mail in two steps, `announce` and `finish`, so that the sender has something else
to do while the mail server thinks."""

import mailbox
import smtplib
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

from outbox.messages import Message

GO_ON, CLOSING = 354, 421
# What a server answers to MAIL, RCPT and DATA if it wants the mail.
_WANTED = ({250}, {250, 251}, {GO_ON})
Answer = tuple[int, bytes]


class _Conversation(smtplib.SMTP):
    """Hands over one mail in as few exchanges as the server allows (RFC 2920), and knows whether the text was on its
    way: only then may the server have taken it."""

    is_text_on_its_way = False
    _is_text_due = False

    def announce(self, message: Message) -> None:
        """Write the envelope if that need not be done line by line; no answer is waited for."""
        self.is_text_on_its_way = False
        self.ehlo_or_helo_if_needed()
        size = f" SIZE={len(message.content)}" if self.has_extn("size") else ""
        self._envelope = [f"MAIL FROM:<{message.sender}>{size}", f"RCPT TO:<{message.recipient}>", "DATA"]
        self._is_written = self.has_extn("pipelining")
        if self._is_written:
            self._is_text_due = True
            self.send("".join(f"{line}\r\n" for line in self._envelope))

    def finish(self, message: Message) -> None:
        """Write the text of the mail that was announced, and wait until it is taken. Raises what `sendmail` raises."""
        answers = self._answers()
        self._is_text_due = False
        for step, answer in enumerate(answers):
            if answer[0] not in _WANTED[step]:
                self._withdraw(answers)
                raise _refusal(step, answer, message)
        self.is_text_on_its_way = True
        self.send(message.content.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        code, words = self.getreply()
        if code != 250:
            self._withdraw([(code, words)])
            raise smtplib.SMTPDataError(code, words)

    def quit(self) -> Answer:
        """A server that waits for a text would take the farewell for it."""
        if self._is_text_due:
            self.close()
            return 221, b""
        return super().quit()

    def _answers(self) -> list[Answer]:
        """To the envelope, up to the first that leaves no hope for the next."""
        answers: list[Answer] = []
        for line, wanted in zip(self._envelope, _WANTED, strict=True):
            answers.append(self.getreply() if self._is_written else self.docmd(line))
            code = answers[-1][0]
            if code == CLOSING or (code not in wanted and not self._is_written):
                break
        return answers

    def _withdraw(self, answers: list[Answer]) -> None:
        """Ready for the next mail after a refusal. A server may want a text although nobody is to get it."""
        code = answers[-1][0]
        if code == CLOSING:
            self.close()
            return
        if code == GO_ON:
            self.docmd(".")
        self._rset()  # type: ignore[attr-defined] # missing in the stubs


def _refusal(step: int, answer: Answer, message: Message) -> smtplib.SMTPException:
    code, words = answer
    if step == 0:
        return smtplib.SMTPSenderRefused(code, words, message.sender)
    if step == 1:
        return smtplib.SMTPRecipientsRefused({message.recipient: answer})
    return smtplib.SMTPDataError(code, words)


class _TlsConversation(_Conversation, smtplib.SMTP_SSL):
    pass


class SmtpBackend(EmailBackend):
    """Django's own, which knows how to open a connection."""

    connection: _Conversation | None

    @property
    def connection_class(self) -> type[_Conversation]:
        return _TlsConversation if self.use_ssl else _Conversation

    @property
    def is_text_on_its_way(self) -> bool:
        return self.connection is not None and self.connection.is_text_on_its_way

    def announce(self, message: Message) -> None:
        self._open.announce(message)

    def finish(self, message: Message) -> None:
        self._open.finish(message)

    @property
    def _open(self) -> _Conversation:
        if self.connection is None:
            raise smtplib.SMTPServerDisconnected
        return self.connection


def local_mailbox() -> mailbox.Maildir:
    """The folder where mails land in local use; made if it is not there."""
    path = Path(str(settings.EMAIL_FILE_PATH))
    for part in ("cur", "new", "tmp"):
        (path / part).mkdir(parents=True, exist_ok=True)
    return mailbox.Maildir(path)


class MaildirBackend(BaseEmailBackend):
    """Mails become files instead of leaving: for `manage.py up`, never for production."""

    is_text_on_its_way = False

    def announce(self, message: Message) -> None:
        """A folder need not be asked."""

    def finish(self, message: Message) -> None:
        local_mailbox().add(message.content.replace(b"\r\n", b"\n"))
