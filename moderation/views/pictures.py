"""Pictures that are not public, for those who decide on them."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.views import SignedInRequest
from events.models import ReportPicture
from events.views.pictures import picture_file
from moderation.permissions import after_reports_of, events_of, revisions_of
from moderation.views.room import for_moderators


@require_safe
@for_moderators
def picture(request: SignedInRequest, key: UUID, width: int) -> HttpResponse:
    """A picture of a protest, of a version of one, or of a report on one, that this person decides on."""
    # What is still a draft is nobody's but its authors'.
    told = ReportPicture.objects.filter(report__in=after_reports_of(request.user).exclude(state="draft"))
    return picture_file(key, width, events_of(request.user), revisions_of(request.user), told)
