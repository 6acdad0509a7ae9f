"""Duties and deadlines in the reader's words. Whatever a rule says is shown with its source, the day on which it was
checked, and how sure that is; authorities, remarks and sources are data, in English."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events import when
from events.legal_clock import Answer, Assumption, Deadline
from events.models import CountryRule
from events.models.country_rule import Confidence, Unit

Words = Mapping[str, str | Promise]

# Hours are told one by one up to here, then days.
HOURS_TOLD = 72

DUTIES: Words = {
    CountryRule.Duty.NOTIFY: gettext_lazy("The authority has to be told before."),
    CountryRule.Duty.AUTHORISATION: gettext_lazy("The authority has to permit it before."),
    CountryRule.Duty.NONE: gettext_lazy("No notice is needed, as far as is known here."),
    CountryRule.Duty.UNKNOWN: gettext_lazy("Whether a notice is needed is not known here."),
}
CONFIDENCE: Words = {
    Confidence.HIGH: gettext_lazy("high: there is little doubt about it"),
    Confidence.MEDIUM: gettext_lazy("medium: ask again before you rely on it"),
    Confidence.LOW: gettext_lazy("low: take it as a hint to ask, no more"),
}
ASSUMPTIONS: Words = {
    Assumption.NO_HOUR: gettext_lazy("No hour is given: it is taken to begin with its day, at 00:00."),
    Assumption.KIND_UNKNOWN: gettext_lazy("Nobody has said whether it is a march: it is taken for one."),
    Assumption.STREET_UNKNOWN: gettext_lazy("Nobody has said whether it uses the road: it is taken to do so."),
    Assumption.PUBLIC_HERE_FIRST: gettext_lazy(
        "It is taken to be announced when it goes public here. If you invite people earlier, it counts from then."
    ),
    Assumption.CLOCKS_CHANGE: gettext_lazy(
        "The clocks change in between: the earlier way to count the hours is taken."
    ),
    Assumption.NATIONAL_HOLIDAYS: gettext_lazy(
        "Only holidays of the whole country are left out, not those of a region."
    ),
    Assumption.WEEKENDS_ONLY: gettext_lazy(
        "Public holidays of this country are not known here: only Saturdays and Sundays are left out."
    ),
}


@dataclass(frozen=True)
class RuleInWords:
    """A rule as its page shows it."""

    rule: CountryRule
    duty: str
    when: str
    on_street: str
    street_confidence: str
    window: str
    shorter: str
    confidence: str
    checked_on: str


def rule_in_words(rule: CountryRule) -> RuleInWords:
    return RuleInWords(
        rule=rule,
        duty=str(DUTIES[rule.duty]),
        when=lead_text(rule.lead, rule.unit, rule.anchor) if rule.lead else _no_period(rule),
        on_street=lead_text(rule.street_lead, rule.street_unit, rule.anchor) if rule.street_lead else "",
        street_confidence=str(CONFIDENCE.get(rule.street_confidence, "")),
        window=_window_text(rule.earliest_days) if rule.earliest_days else "",
        shorter=lead_text(rule.simplified_lead, rule.simplified_unit, rule.anchor) if rule.simplified_lead else "",
        confidence=str(CONFIDENCE[rule.confidence]),
        checked_on=when.date_text_with_year(rule.checked_on),
    )


def _no_period(rule: CountryRule) -> str:
    is_duty = rule.duty in {CountryRule.Duty.NOTIFY, CountryRule.Duty.AUTHORISATION}
    return _("In advance; the rule names no period.") if is_duty else ""


def lead_text(count: int, unit: str, anchor: str) -> str:
    """“At the latest 6 days before the day of the protest”."""
    counted = {"count": count}
    if anchor == CountryRule.Anchor.ANNOUNCEMENT:
        texts = {
            Unit.HOURS: ngettext(
                "At the latest %(count)d hour before the public announcement",
                "At the latest %(count)d hours before the public announcement",
                count,
            ),
            Unit.DAYS: ngettext(
                "At the latest %(count)d day before the public announcement",
                "At the latest %(count)d days before the public announcement",
                count,
            ),
            Unit.CLEAR_DAYS: ngettext(
                "At the latest so that %(count)d full day lies between notice and public announcement",
                "At the latest so that %(count)d full days lie between notice and public announcement",
                count,
            ),
            Unit.WORKING_DAYS: ngettext(
                "At the latest %(count)d working day before the public announcement",
                "At the latest %(count)d working days before the public announcement",
                count,
            ),
        }
    else:
        texts = {
            Unit.HOURS: ngettext(
                "At the latest %(count)d hour before the start",
                "At the latest %(count)d hours before the start",
                count,
            ),
            Unit.DAYS: ngettext(
                "At the latest %(count)d day before the day of the protest",
                "At the latest %(count)d days before the day of the protest",
                count,
            ),
            Unit.CLEAR_DAYS: ngettext(
                "At the latest so that %(count)d full day lies between notice and protest",
                "At the latest so that %(count)d full days lie between notice and protest",
                count,
            ),
            Unit.WORKING_DAYS: ngettext(
                "At the latest %(count)d working day before the day of the protest",
                "At the latest %(count)d working days before the day of the protest",
                count,
            ),
        }
    return texts[Unit(unit)] % counted


def _window_text(days: int) -> str:
    text = ngettext(
        "Not earlier than %(count)d day before the protest",
        "Not earlier than %(count)d days before the protest",
        days,
    )
    return text % {"count": days}


@dataclass(frozen=True)
class ShortcutInWords:
    by: str
    to: str
    condition: str


@dataclass(frozen=True)
class DeadlineInWords:
    """A deadline as its organisers see it. `by` is the day and hour, empty where none can be given; `says` the one
    sentence that stands there instead or beside it."""

    due: Deadline
    by: str
    left: str
    is_past: bool
    says: str
    how: str
    not_before: str
    is_too_early: bool
    shortcut: ShortcutInWords | None
    assumptions: list[str]
    confidence: str
    checked_on: str


def deadline_in_words(due: Deadline, now: datetime) -> DeadlineInWords:
    lead, rule = due.lead, due.rule
    return DeadlineInWords(
        due=due,
        by=_by(due.at) if due.at else "",
        left=left_text(due.at - now) if due.at and not due.is_past(now) else "",
        is_past=due.is_past(now),
        says=_says(due),
        how=lead_text(lead.count, lead.unit, rule.anchor) if lead and rule else "",
        not_before=when.day_inside_text_with_year(due.not_before) if due.not_before else "",
        is_too_early=_is_too_early(due, now),
        shortcut=_shortcut(due),
        assumptions=[str(ASSUMPTIONS[assumed]) for assumed in due.assumptions],
        confidence=str(CONFIDENCE[due.confidence]),
        checked_on=when.date_text_with_year(rule.checked_on) if rule else "",
    )


def _by(at: datetime) -> str:
    """“Tuesday 5 October 2027, 23:59 (CEST)”: of whose clock, for whoever reads it elsewhere."""
    return f"{when.day_inside_text_with_year(at)}, {when.clock(at)} ({when.zone_short(at)})"


def _shortcut(due: Deadline) -> ShortcutInWords | None:
    found = due.shortcut
    return ShortcutInWords(_by(found.at), found.to, found.condition) if found else None


def _is_too_early(due: Deadline, now: datetime) -> bool:
    """Whether the window in which the authority takes notices is not open yet. Asked with `now` anywhere on earth."""
    return bool(due.not_before and due.at and now.astimezone(due.at.tzinfo).date() < due.not_before)


def _says(due: Deadline) -> str:
    texts: Words = {
        Answer.DUE: "",
        Answer.BEFORE_PUBLICATION: _("Before it goes public: the time counts from the public announcement."),
        Answer.NO_PERIOD: _("In advance; the rule names no period."),
        Answer.MARCHES_ONLY: _("The rule is about marches, and this is not entered as one."),
        Answer.NO_DUTY: _("No notice is needed, as far as is known here."),
        Answer.INDOORS: _("It is entered as something indoors or online: no deadline is worked out for that."),
        Answer.UNKNOWN: _("Nothing checked is known here yet."),
    }
    return str(texts[due.answer])


def left_text(left: timedelta) -> str:
    """What is left, rounded down: “5 hours left”, “12 days left”."""
    hours = int(left / timedelta(hours=1))
    if hours < 1:
        return _("less than an hour left")
    if hours <= HOURS_TOLD:
        return ngettext("%(number)d hour left", "%(number)d hours left", hours) % {"number": hours}
    return ngettext("%(number)d day left", "%(number)d days left", hours // 24) % {"number": hours // 24}
