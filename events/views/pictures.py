"""Pictures: taking one with a form, and serving what was made of it."""

from functools import reduce
from operator import or_
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import limits
from events import images
from events.models import Event, Picture, PictureFile, ReportPicture
from events.tasks import read_picture_soon
from events.views.pages import CACHE_CONTROL


class TakesPicture(Protocol):
    """A form with a field `picture_file`."""

    cleaned_data: dict[str, Any]

    def add_error(self, field: str | None, error: Any) -> None: ...

    def keep_picture(self, picture: Picture) -> None: ...


def keep_chosen_picture(request: HttpRequest, form: TakesPicture) -> None:
    """Keep the file that was sent with *form*, also if something else in it is wrong. Call it on a form that was looked
    at, before asking whether it is valid."""
    content = form.cleaned_data.get("picture_file")
    if not content:
        return
    network = limits.network_of(request.META)
    try:
        wait = limits.spend_all([(limits.PICTURES_FROM_NETWORK, network), (limits.PICTURES, "all")])
        if wait:
            message = _("Many pictures were sent just now. Choose it again in %(wait)s, or go on without one.")
            form.add_error("picture_file", message % {"wait": limits.in_words(wait)})
            return
        picture = images.receive(content)
    except (limits.Unavailable, images.Unavailable):
        message = _("Pictures cannot be taken at the moment. Choose it again in a minute, or go on without one.")
        form.add_error("picture_file", message)
        return
    form.keep_picture(picture)
    read_picture_soon(picture.pk)


def picture_file(key: UUID, width: int, *owners: QuerySet[Any]) -> HttpResponse:
    """The picture in this width, if one of the *owners* has it (protests, versions, reports); else a 404."""
    is_owned = [Q(Exists(several.filter(picture=OuterRef("picture")))) for several in owners]
    file = PictureFile.objects.filter(reduce(or_, is_owned), picture__key=key, width=width).first()
    if file is None:
        raise Http404
    response = HttpResponse(bytes(file.content), content_type="image/webp")
    response.headers["Content-Disposition"] = 'inline; filename="picture.webp"'
    # Opened by itself, it is a document of ours: one in which nothing can run.
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    return response


@require_safe
def picture(request: HttpRequest, key: UUID, width: int) -> HttpResponse:
    """A picture that a public protest, or what is told of it, shows now. Kept by caches no longer than its page."""
    response = picture_file(key, width, Event.objects.visible(), ReportPicture.objects.shown())
    etag = f'"{key}-{width}"'
    response = get_conditional_response(request, etag=etag, response=response) or response
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = CACHE_CONTROL
    return response
