"""The signed link in the mail that asks whether an account is to stay."""

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from outbox.tokens import BadToken, load, make

_STAY = "accounts.stay"


def stay_url(user: User) -> str:
    return settings.SITE_URL + reverse("account_stay", args=[make([user.pk, _asked(user)], _STAY)])


def _asked(user: User) -> int:
    return int(user.asked_to_stay_at.timestamp()) if user.asked_to_stay_at else 0


def user_asked(token: str) -> User:
    """Whose account the link is about. Raises BadToken; also once it is gone, or when they were asked anew."""
    pk, asked = load(token, _STAY)
    user = User.objects.filter(pk=pk, asked_to_stay_at__isnull=False).first()
    if user is None or _asked(user) != asked:
        raise BadToken(is_old=True)
    return user
