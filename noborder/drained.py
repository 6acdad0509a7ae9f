"""Takes the rest of a body that nobody wanted, outermost of all WSGI applications but the counting one.

Refused for its size, its origin or for want of places, a request is answered before its body is read. The server then
closes the connection under whoever is still sending, and a proxy makes a 502 of the answer.
"""

import threading
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings

# What the proxy lets through (deploy/nginx.conf). Who sends more is cut off.
MOST_BYTES = 12 * 1024 * 1024
PIECE = 64 * 1024
# One who sends slowly holds a thread for as long: there are more (noborder/admission.py).
AT_ONCE = 4
# Behind a proxy a body comes whole, and its turn soon.
PATIENCE = 2.0


class Drained:
    """Hands every request on, and then reads what is left of it."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application
        self.turns = threading.BoundedSemaphore(AT_ONCE)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = self.application(environ, start_response)
        size = environ.get("CONTENT_LENGTH") or ""
        if size.isdecimal() and 0 < int(size[:9]) <= MOST_BYTES:
            self._drain(environ)
        return answer

    def _drain(self, environ: WSGIEnvironment) -> None:
        if not self.turns.acquire(timeout=PATIENCE if settings.SECURE_PROXY_SSL_HEADER else 0):
            return
        try:
            left = MOST_BYTES
            while left > 0 and (piece := environ["wsgi.input"].read(PIECE)):
                left -= len(piece)
        except OSError:
            # The sender has gone.
            pass
        finally:
            self.turns.release()
