from django.conf import settings
from django.http import HttpRequest

from events.views.pages import FOR_EVERYBODY


def site(request: HttpRequest) -> dict[str, object]:
    """The site's name and address for every template; `is_local` shows the way to the mailbox page."""
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "is_local": settings.MODE == "local",
        "needs_referrer": needs_referrer(request),
    }


def needs_referrer(request: HttpRequest) -> bool:
    """Whether a form of this page would be refused under `no-referrer`: older browsers do not say in another way that
    it came from here (noborder.middleware.OwnOrigin). A page for everybody has no such form."""
    return FOR_EVERYBODY not in request.META and "Sec-Fetch-Site" not in request.headers
