"""What somebody has shown of themselves in this session, and how long it counts.

allauth keeps the steps of a log-in in the session: the mailed code, then the second factor. Here stands what they are
worth. A session that holds a second factor ends twelve hours after it, however busy it is.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.models import Authenticator
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpResponse  # noqa: TID251 - gives the answer that sends the person on
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts.factors import has_factor
from accounts.models import User

LONGEST = timedelta(hours=12)
# How long a proof opens the pages on which second factors are added and removed.
RECENT = timedelta(minutes=15)
TRIES = 5
_WRONG = "wrong_second_factors"


def _proofs(request: Any, method: str) -> list[datetime]:
    steps = get_authentication_records(request, request.user)
    return [datetime.fromtimestamp(step["at"], UTC) for step in steps if step["method"] == method]


def has_shown_second_factor(request: Any) -> bool:
    """Whether this session has passed a second factor, less than twelve hours ago."""
    proofs = _proofs(request, "mfa")
    return bool(proofs) and timezone.now() < proofs[0] + LONGEST


def is_recent(request: Any) -> bool:
    """Whether the strongest proof that this person can give was given just now."""
    proofs = _proofs(request, "mfa" if has_factor(request.user) else "code")
    return bool(proofs) and timezone.now() < proofs[-1] + RECENT


def note_second_factor(request: Any, user: User, factor: Authenticator) -> None:
    """*user* has just passed *factor*: a new key for the session, which ends twelve hours after its first factor."""
    request.session.pop(_WRONG, None)
    is_first = not any(step["method"] == "mfa" for step in get_authentication_records(request, user))
    record_authentication(request, user, "mfa", id=factor.pk, type=factor.type)
    if is_first:
        request.session.set_expiry(timezone.now() + LONGEST)
    request.session.cycle_key()


def note_wrong_second_factor(request: Any) -> bool:
    """Count a wrong try; true if it was one too many, and the session is over: only a new mailed code helps."""
    wrong = request.session.get(_WRONG, 0) + 1
    if wrong < TRIES:
        request.session[_WRONG] = wrong
        return False
    request.session.flush()
    return True


def way_to_second_factor(request: Any, onward: str) -> str:
    """Where somebody has to go before *onward*: to pass the second factor that they have, or to set one up."""
    page = "mfa_reauthenticate" if has_factor(request.user) else "mfa_index"
    return f"{reverse(page)}?{urlencode({REDIRECT_FIELD_NAME: onward})}"


def leaving_nothing(response: HttpResponse) -> HttpResponse:
    """*response* to whoever logs out: their browser drops all that it kept of this site."""
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
