"""Sessions and second factors, sealed anew under the first of SEAL_KEYS: without this, to drop a key would log
everybody out and lock every moderator out. As in outbox/rotating.py, rows that somebody is writing are passed over."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core import signing
from django.db import models, transaction
from django.utils import timezone

from outbox.rotating import BATCH, Broken, first_key, key_of, seal_anew
from outbox.sealing import CannotOpen


class _Closed:
    """What a session holds, still sealed."""

    def dumps(self, sealed: str) -> bytes:
        return sealed.encode()

    def loads(self, data: bytes) -> str:
        return data.decode()


def _each(rows: models.QuerySet[Any], take: Callable[[Any], bool]) -> int:
    """*take* each of the rows under its lock, a batch at a time. How many it took."""
    taken, last, read = 0, None, BATCH
    while read == BATCH:
        onward = rows if last is None else rows.filter(pk__gt=last)
        with transaction.atomic():
            batch = list(onward.select_for_update(skip_locked=True).order_by("pk")[:BATCH])
            taken += sum(take(row) for row in batch)
        read, last = len(batch), batch[-1].pk if batch else last
    return taken


class Sessions:
    """The living ones. One that does not open is nobody's: Django takes it for an empty one, and it dies in time."""

    def __str__(self) -> str:
        return "django_session.session_data"

    def keys(self) -> Counter[str]:
        texts = self._rows().values_list("session_data", flat=True).iterator()
        return Counter(key for key in (key_of(self._open(text)) for text in texts) if key in settings.SEAL_KEYS)

    def seal_anew(self) -> int:
        return _each(self._rows(), self._take)

    def _rows(self) -> models.QuerySet[Session]:
        return Session.objects.filter(expire_date__gt=timezone.now())

    def _take(self, session: Session) -> bool:
        sealed = self._open(session.session_data)
        if key_of(sealed) == first_key():
            return False
        try:
            anew = seal_anew(sealed, purpose="session")
        except CannotOpen:
            return False
        data = signing.dumps(anew, salt=SessionStore().key_salt, serializer=_Closed, compress=True)
        Session.objects.filter(pk=session.pk).update(session_data=data)
        return True

    def _open(self, data: str) -> str:
        try:
            return str(signing.loads(data, salt=SessionStore().key_salt, serializer=_Closed))
        except signing.BadSignature:
            return ""


class SecondFactors:
    """What allauth keeps of apps and of recovery codes."""

    SECRETS = ("secret", "seed")

    def __str__(self) -> str:
        return "mfa_authenticator.data"

    def keys(self) -> Counter[str]:
        kept = Authenticator.objects.values_list("data", flat=True)
        return Counter(key_of(data[name]) for data in kept for name in self.SECRETS if name in data)

    def seal_anew(self) -> int:
        return _each(Authenticator.objects.all(), self._take)

    def _take(self, factor: Authenticator) -> bool:
        old = {name: factor.data[name] for name in self.SECRETS if name in factor.data}
        try:
            anew = {
                name: seal_anew(text, purpose="second-factor")
                for name, text in old.items()
                if key_of(text) != first_key()
            }
        except CannotOpen as error:
            raise Broken(f"{self} of row {factor.pk} does not open: it was changed outside the site.") from error
        if anew:
            Authenticator.objects.filter(pk=factor.pk).update(data={**factor.data, **anew})
        return bool(anew)
