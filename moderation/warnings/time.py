"""Whether the time makes sense, and whether there is time to notify it."""

from collections.abc import Iterator
from datetime import datetime, time

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from events import legal_clock
from events.legal_clock import Answer, Deadline, Lead
from events.models import CountryRule, Revision
from events.names import country_name
from moderation.warnings.caution import Caution, look, note, stop

NIGHT_FROM, NIGHT_UNTIL = time(22), time(7)


def about_time(revision: Revision, now: datetime) -> Iterator[Caution]:
    if is_past(revision, now):
        yield stop(_("This is in the past."))
    if not revision.event.campaign.allows_day(revision.day):
        yield stop(_("The day lies outside this Day of Action: it cannot be approved."))
    if revision.start_time is None:
        yield look(_("No hour is given: nobody can be reminded on the day itself."))
    elif is_at_night(revision.start_time):
        yield look(_("It starts at an unusual hour."))
    yield from about_notice(revision, now)


def is_past(revision: Revision, now: datetime) -> bool:
    start = revision.local_start
    return revision.day < now.astimezone(revision.zone).date() or bool(start and start < now)


def is_at_night(start: time) -> bool:
    return start >= NIGHT_FROM or start < NIGHT_UNTIL


def about_notice(revision: Revision, now: datetime) -> Iterator[Caution]:
    """Whether the notice may be late. Told rather too often than not: nobody here knows what organisers have done."""
    if is_past(revision, now) or not _is_time_new(revision):
        return
    rule = CountryRule.objects.filter(country=revision.country).first()
    due = legal_clock.deadline(rule, legal_clock.facts_of(revision))
    country = country_name(revision.country)
    if lead := _late_lead(due, now):
        yield look(late_notice_text(lead, country))
    elif due.answer == Answer.BEFORE_PUBLICATION and revision.is_first:
        yield note(
            _(
                "In %(country)s the notice is due before the public invitation, and this page may be that invitation: "
                "ask the organisers whether they have notified it."
            )
            % {"country": country}
        )


def _late_lead(due: Deadline, now: datetime) -> Lead | None:
    """What was missed, if anything: while the announcement is not known, what holds at the latest."""
    last = due.at or due.no_later_than
    return due.lead if last and last < now else None


def _is_time_new(revision: Revision) -> bool:
    event = revision.event
    return revision.is_first or (revision.day, revision.start_time) != (event.day, event.start_time)


def late_notice_text(lead: Lead, country: str) -> str | Promise:
    """Says when the notice was due, in the unit of the rule."""
    texts = {
        "hours": ngettext(
            "The notice deadline in %(country)s (%(count)d hour before) may have passed: say so to the organisers.",
            "The notice deadline in %(country)s (%(count)d hours before) may have passed: say so to the organisers.",
            lead.count,
        ),
        "days": ngettext(
            "The notice deadline in %(country)s (%(count)d day before) may have passed: say so to the organisers.",
            "The notice deadline in %(country)s (%(count)d days before) may have passed: say so to the organisers.",
            lead.count,
        ),
        "clear_days": ngettext(
            "The notice deadline in %(country)s (%(count)d clear day before) may have passed: say so to the "
            "organisers.",
            "The notice deadline in %(country)s (%(count)d clear days before) may have passed: say so to the "
            "organisers.",
            lead.count,
        ),
        "working_days": ngettext(
            "The notice deadline in %(country)s (%(count)d working day before) may have passed: say so to the "
            "organisers.",
            "The notice deadline in %(country)s (%(count)d working days before) may have passed: say so to the "
            "organisers.",
            lead.count,
        ),
    }
    return texts[lead.unit] % {"country": country, "count": lead.count}
