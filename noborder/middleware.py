from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render
from django.utils.translation import get_language_from_path
from psycopg.errors import QueryCanceled

GetResponse = Callable[[HttpRequest], HttpResponse]

CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
POLICY = "; ".join(f"{name} {value}" for name, value in CONTENT_SECURITY_POLICY.items())
FRAMED_POLICY = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
# What nothing here ever asks a browser for.
SWITCHED_OFF = (
    *("accelerometer", "autoplay", "browsing-topics"),
    *("camera", "captured-surface-control", "clipboard-read", "compute-pressure", "digital-credentials-get"),
    *("display-capture", "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid"),
    *("identity-credentials-get", "idle-detection", "keyboard-map", "local-fonts", "local-network-access"),
    *("magnetometer", "microphone", "midi", "otp-credentials", "payment", "picture-in-picture"),
    *("private-state-token-issuance", "private-state-token-redemption", "screen-wake-lock", "serial"),
    *("speaker-selection", "storage-access", "sync-xhr", "usb", "window-management", "xr-spatial-tracking"),
)
# Passkeys, and the button that copies an invitation; for a page of ours in another site's frame they are off too.
OURS_ALONE = ("clipboard-write", "publickey-credentials-create", "publickey-credentials-get")
PERMISSIONS_POLICY = ", ".join(
    [*(f"{feature}=()" for feature in SWITCHED_OFF), *(f"{feature}=(self)" for feature in OURS_ALONE)]
)


class SecurityHeaders:
    """What every answer carries, and what pages alone do. Nothing is loaded from elsewhere, nothing runs inline, and
    nobody frames a page but those made for it (`xframe_options_exempt`)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        policy = FRAMED_POLICY if getattr(response, "xframe_options_exempt", False) else POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        # A long list, and of no use to styles, letters and pictures.
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class OwnOrigin:
    """A form of a page that says `no-referrer` is sent with `Origin: null`, which Django refuses. Whether it came from
    a page of ours the browser says all the same, in a header that no page can set and that sandboxes do not share
    (docs/decisions/0042)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.headers.get("Origin") == "null" and request.headers.get("Sec-Fetch-Site") == "same-origin":
            request.META["HTTP_ORIGIN"] = f"{request.scheme}://{request.get_host()}"
        return self.get_response(request)


class NoStoreByDefault:
    """A page is private unless its view says that it is public (events/pages.py)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class TooSlow:
    """What the database takes too long for (STATEMENT_TIMEOUT) is no fault to report: try again later."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception.__cause__, QueryCanceled):
            return None
        response = render(request, "503.html", status=503)
        response.headers["Retry-After"] = "60"
        return response


class NotByLooking:
    """An address that only takes what a form sends says so to whoever opens it; Django would show an empty page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or request.method != "GET":
            return response
        page = render(request, "405.html", status=HTTPStatus.METHOD_NOT_ALLOWED)
        page.headers["Allow"] = response.headers["Allow"]
        return page


class WellFormed:
    """Everything is UTF-8. Django would try whatever codec a request names, and some fail or make broken text. Nor does
    it look at a length that is no number. In Django's admin no query holds a NUL, which the database refuses: its pages
    do not look, as ours do."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.encoding = "utf-8"
        if not (request.META.get("CONTENT_LENGTH") or "0").isdecimal():
            return HttpResponseBadRequest()
        if request.path.startswith("/admin/") and "%00" in request.META.get("QUERY_STRING", ""):
            return HttpResponseBadRequest()
        return self.get_response(request)


class LanguageOfTheAddress(LocaleMiddleware):
    """A public page says the same to everybody: its language stands in the path or the query, so caches need not keep
    a copy per browser language."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_public = response.headers.get("Cache-Control", "").startswith("public")
        if is_public and not get_language_from_path(request.path_info):
            return response
        return super().process_response(request, response)
