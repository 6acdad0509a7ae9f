"""How far, how much and how late an edit moves a protest that people rely on already."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from events.distance import kilometres, position_of
from events.models import Audience, EventDetails, Revision
from moderation.warnings.caution import Caution, look, stop
from organising.trust import FAR_KM, is_moved_late, is_moved_much


def about_moves(revision: Revision, now: datetime) -> Iterator[Caution]:
    event = revision.event
    if revision.is_first:
        return
    if far := moved_km(event, revision, now):
        text = ngettext("The place moves by %(count)d kilometre.", "The place moves by %(count)d kilometres.", far)
        yield stop(text % {"count": far})
    if is_moved_much(event, revision):
        yield stop(_("The start moves by more than two hours, or to another day."))
    if is_moved_late(event, revision, now):
        yield stop(_("Time or place change less than 48 hours before the start: people may be on their way."))
    if revision.contact_link != event.contact_link:
        yield look(_("The public link changes."))


def moved_km(old: EventDetails, new: EventDetails, now: datetime) -> int:
    """By how much the place moves; 0 for next to nothing, and where it cannot be told."""
    here, there = (position_of(details.place_for(Audience.INSIDER, now)) for details in (old, new))
    far = kilometres(here, there) if here and there else 0
    return round(far) if far > FAR_KM else 0
