from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.urls import is_valid_path, reverse
from django.utils import timezone, translation
from django.utils.http import urlencode

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


# In the session: what was sent to a room by somebody whose log-in had ended.
KEPT = "unsent"
KEPT_SECONDS = 3600
MOST_KEPT = 20_000


class KeepWhatWasTyped:
    """Nobody loses what they wrote because twelve hours were over: it waits, sealed, in the visitor's session until
    they are logged in again, an hour at most (accounts/views/unsent.py)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if _is_sent_to_log_in(request, response) and keep(request):
            query = urlencode({REDIRECT_FIELD_NAME: reverse("account_unsent")})
            response.headers["Location"] = f"{reverse('account_login')}?{query}"
        elif _is_form_of_a_room(request) and request.session.get(KEPT, {}).get("path") == request.path:
            del request.session[KEPT]
        return response


def _is_form_of_a_room(request: HttpRequest) -> bool:
    return request.method == "POST" and request.path.startswith(("/organise/", "/moderation/"))


def _is_sent_to_log_in(request: HttpRequest, response: HttpResponse) -> bool:
    return (
        _is_form_of_a_room(request)
        and response.status_code == 302
        and response.headers["Location"].startswith(f"{reverse('account_login')}?")
    )


def _page_above(path: str) -> str:
    """Where what the form is about can be read: browsers do not tell from which page it came."""
    while path := path.rstrip("/").rpartition("/")[0]:
        if is_valid_path(f"{path}/"):
            return f"{path}/"
    return ""


def keep(request: HttpRequest) -> bool:
    """Keep the fields of this form, if they are no more than somebody types."""
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    fields = [(name, value) for name, value in fields if name != "csrfmiddlewaretoken"]
    if not 0 < sum(len(name) + len(value) for name, value in fields) <= MOST_KEPT:
        return False
    request.session[KEPT] = {
        "path": request.path,
        "page": _page_above(request.path),
        "fields": fields,
        "at": timezone.now().timestamp(),
    }
    return True
