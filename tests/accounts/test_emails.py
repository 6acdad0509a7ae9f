import datetime as dt
from typing import Any

import pytest

from accounts.actions import mail_code
from accounts.models import MailedCode
from outbox import letters
from outbox.models import Delivery
from tests.factories import RecipientFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def posted(purpose: MailedCode.Purpose) -> tuple[MailedCode, Delivery]:
    mailed = mail_code(RecipientFactory(), purpose=purpose, language="en")
    return mailed, Delivery.objects.latest("pk")


@pytest.mark.parametrize(
    ("purpose", "words"),
    [
        (MailedCode.Purpose.LOGIN, "This code logs you in."),
        (MailedCode.Purpose.REGISTER, "This code sends your protest"),
    ],
)
def test_the_code_stands_in_subject_and_both_bodies(purpose: MailedCode.Purpose, words: str) -> None:
    mailed, delivery = posted(purpose)
    letter = letters.kind("code").render([delivery])[delivery.pk]
    assert letter.subject == f"{mailed.code} is your code"
    for body in (letter.text, letter.html):
        assert mailed.code in body
        assert words in body
        assert "http://localhost:8000" in body


def test_a_code_that_was_used_or_is_over_is_not_mailed_any_more(clock: Any) -> None:
    used, first = posted(MailedCode.Purpose.LOGIN)
    _living, second = posted(MailedCode.Purpose.LOGIN)
    used.delete()
    kind = letters.kind("code")
    assert kind.unwanted([first, second]) == {first.pk: "code over"}
    clock.shift(dt.timedelta(minutes=16))
    assert set(kind.unwanted([first, second])) == {first.pk, second.pk}
    assert kind.render([first, second]) == {}


def test_the_delivery_ends_with_its_code_and_holds_no_digit_of_it() -> None:
    mailed, delivery = posted(MailedCode.Purpose.LOGIN)
    assert delivery.useful_until == mailed.expires_at
    assert delivery.ids == {"code": mailed.pk}
