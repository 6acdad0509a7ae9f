from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

# Rooms without a language in their address: people see them in the language they chose.
ROOMS = ("/organise/", "/moderation/", "/accounts/")


class PreferredLanguage:
    """The language of a signed-in person in the signed-in rooms; elsewhere the address says it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(ROOMS):
            return self.get_response(request)
        if request.user.is_authenticated:
            language = request.user.language
        else:
            language = translation.get_language_from_request(request)
        with translation.override(language if language in settings.COMPLETE_LANGUAGES else "en"):
            request.LANGUAGE_CODE = translation.get_language()
            response = self.get_response(request)
            response.headers["Content-Language"] = translation.get_language() or "en"
            return response
