"""The codes of the demo's people, on a local site only."""

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.factors import STEP_SECONDS, six_digits, step_at


@require_safe
def demo_codes(request: HttpRequest) -> HttpResponse:
    """What the apps of the moderator and the admin show now; each works once."""
    if settings.IS_PRODUCTION:
        raise Http404
    now = timezone.now()
    people = [
        {
            "address": factor.user.email,
            "code": six_digits(decrypt(factor.data["secret"]), step_at(now)),
            "is_used": factor.data.get("last_step", 0) >= step_at(now),
        }
        for factor in Authenticator.objects.filter(data__is_demo=True).select_related("user").order_by("pk")
    ]
    seconds = STEP_SECONDS - int(now.timestamp()) % STEP_SECONDS
    return render(request, "account/demo_codes.html", {"people": people, "seconds": seconds})
