from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """The site's name and address for every template; `is_local` shows the way to the mailbox page."""
    return {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, "is_local": settings.MODE == "local"}
