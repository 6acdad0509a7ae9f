"""The letters to helpers. Each says what is true when it leaves, and how to give the shift back."""

from datetime import datetime
from typing import Any

from django.utils import timezone, translation

from events.models import Audience, Event, EventChange
from organising import tokens
from organising.models import ShiftSignUp
from organising.shift_letters import CONFIRM, NEWS, NOTICE, REMINDER, What
from organising.shift_words import by_job, in_words
from organising.shifts import can_take
from outbox.letters import Letter, register
from outbox.models import Delivery, Recipient
from outbox.rendering import render_letter
from reminders.emails import protest_in_words
from reminders.emails.changes import in_words as in_words_of_change
from reminders.emails.changes import is_still_true
from reminders.emails.untold import Notice, all_notices, before, is_back_again, is_told_by_another, own, untold

MOST_NAMED = 10
# After these there is no shift to give back.
_FALLS_AWAY = {EventChange.Kind.CANCELLED, EventChange.Kind.HIDDEN, EventChange.Kind.MERGED}
State = ShiftSignUp.State
# In which state of a sign-up each kind of news is still true.
_TRUE_WHILE = {
    What.TAKEN: {State.IN, State.WAITING},
    What.UP: {State.IN},
    What.DOWN: {State.WAITING},
    What.CHANGED: {State.IN, State.WAITING},
    What.SHIFT_REMOVED: {State.IN, State.WAITING},
    What.REMOVED: {State.REMOVED},
}


def _sign_ups(pks: set[int]) -> dict[int, ShiftSignUp]:
    return ShiftSignUp.objects.with_protest().in_bulk(pks)


def _letter(name: str, recipient: Recipient, context: dict[str, Any]) -> Letter:
    """With the way to all shifts. No one-click header: a mail program must not give a place away by itself."""
    manage_url = tokens.shifts_url(recipient)
    return render_letter(name, {**context, "shifts_url": manage_url}, recipient.language)


# Whether it was meant


def _confirm_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    asked = ShiftSignUp.objects.with_protest().filter(recipient__in={delivery.recipient_id for delivery in deliveries})
    now = timezone.now()
    living = asked.exclude(state__in=[State.LEFT, State.REMOVED])
    known = {one.recipient_id for one in living if can_take(one.shift, now)}
    return {delivery.pk: "nothing to confirm" for delivery in deliveries if delivery.recipient_id not in known}


def _confirm(delivery: Delivery) -> Letter:
    """Who has said yes to all of it already gets the way to it instead."""
    language = delivery.ids["language"]
    now = timezone.now()
    offered = ShiftSignUp.objects.to_confirm(now).of(delivery.recipient).with_protest().order_by("pk")
    waiting = [one for one in offered if can_take(one.shift, now)]
    with translation.override(language):
        names = [f"{by_job(one.shift)}: {one.shift.event.display_title}" for one in waiting[:MOST_NAMED]]
    context = {
        "names": names,
        "more": len(waiting) - len(names),
        "confirm_url": tokens.take_url(delivery.recipient, language),
        "shifts_url": tokens.shifts_url(delivery.recipient),
    }
    return render_letter(CONFIRM, context, language)


def _render_confirm(deliveries: list[Delivery]) -> dict[int, Letter]:
    return {delivery.pk: _confirm(delivery) for delivery in deliveries}


# What has become of it


def _still_true(delivery: Delivery, known: dict[int, ShiftSignUp]) -> list[ShiftSignUp]:
    what = What(delivery.ids["what"])
    found = [known[pk] for pk in delivery.ids["sign_ups"] if pk in known]
    is_gone = what == What.SHIFT_REMOVED
    return [one for one in found if one.state in _TRUE_WHILE[what] and (one.shift.removed_at is not None) == is_gone]


def _all_of(deliveries: list[Delivery]) -> dict[int, ShiftSignUp]:
    return _sign_ups({pk for delivery in deliveries for pk in delivery.ids["sign_ups"]})


def _news_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    known = _all_of(deliveries)
    reasons = {}
    for delivery in deliveries:
        sign_ups = _still_true(delivery, known)
        if not sign_ups:
            reasons[delivery.pk] = "overtaken"
        elif sign_ups[0].shift.event.state != Event.State.PUBLISHED:
            reasons[delivery.pk] = f"protest {sign_ups[0].shift.event.state}"
    return reasons


def _render_news(deliveries: list[Delivery]) -> dict[int, Letter]:
    known = _all_of(deliveries)
    letters = {}
    for delivery in deliveries:
        sign_ups = _still_true(delivery, known)
        context = _about(sign_ups, delivery.recipient) | {"what": delivery.ids["what"]}
        letters[delivery.pk] = _letter(NEWS, delivery.recipient, context)
    return letters


def _about(sign_ups: list[ShiftSignUp], recipient: Recipient) -> dict[str, Any]:
    """The protest, as far as a follower may know it, and the shifts."""
    event = sign_ups[0].shift.event
    ordered = sorted(sign_ups, key=lambda one: one.shift.starts_at)
    with translation.override(recipient.language):
        return {
            "protest": protest_in_words(event, Audience.FOLLOWER, timezone.now()),
            "rows": [{"shift": in_words(one.shift, Audience.FOLLOWER), "is_in": one.is_in} for one in ordered],
            "leave_shift_url": tokens.leave_shift_url(ordered[0]) if len(ordered) == 1 else "",
        }


# Before it starts


def _of_reminders(deliveries: list[Delivery]) -> dict[int, ShiftSignUp]:
    known = _sign_ups({delivery.ids["sign_up"] for delivery in deliveries})
    return {d.pk: known[d.ids["sign_up"]] for d in deliveries if d.ids["sign_up"] in known}


def _reminder_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    known = _of_reminders(deliveries)
    reasons = {delivery.pk: _why_not(delivery, known.get(delivery.pk)) for delivery in deliveries}
    return {pk: reason for pk, reason in reasons.items() if reason}


def _why_not(delivery: Delivery, sign_up: ShiftSignUp | None) -> str:
    if sign_up is None or not sign_up.is_in:
        return "not in any more"
    shift = sign_up.shift
    if shift.removed_at or shift.event.state != Event.State.PUBLISHED:
        return "shift removed" if shift.removed_at else f"protest {shift.event.state}"
    if int(shift.starts_at.timestamp()) != delivery.ids["starts"]:
        return "moved"
    return "over" if shift.ends_at <= timezone.now() else ""


def _render_reminders(deliveries: list[Delivery]) -> dict[int, Letter]:
    known = _of_reminders(deliveries)
    return {d.pk: _letter(REMINDER, d.recipient, _about([known[d.pk]], d.recipient)) for d in deliveries}


# When the protest changes


def _helping(change: EventChange, recipient: Recipient) -> list[ShiftSignUp]:
    ours = ShiftSignUp.objects.with_protest().in_line().of(recipient)
    return list(ours.filter(shift__event=change.event_id, shift__removed_at=None))


def _notice_unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    now, notices = timezone.now(), all_notices(deliveries)
    reasons = {delivery.pk: _why_no_notice(delivery, notices.get(delivery.pk), now) for delivery in deliveries}
    return {pk: reason for pk, reason in reasons.items() if reason}


def _why_no_notice(delivery: Delivery, notices: list[Notice] | None, now: datetime) -> str:
    if notices is None or not is_still_true(own(delivery, notices)):
        return "overtaken"
    if not _helping(own(delivery, notices), delivery.recipient):
        return "no shift any more"
    if is_told_by_another(delivery, notices, now, is_still_true):
        return "told with a later change"
    return "back again" if is_back_again(delivery, notices) else ""


def _render_notices(deliveries: list[Delivery]) -> dict[int, Letter]:
    notices = all_notices(deliveries)
    return {delivery.pk: _notice(delivery, notices[delivery.pk]) for delivery in deliveries}


def _notice(delivery: Delivery, notices: list[Notice]) -> Letter:
    recipient, change = delivery.recipient, own(delivery, notices)
    context = _about(_helping(change, recipient), recipient)
    with translation.override(recipient.language):
        context |= in_words_of_change(change, Audience.FOLLOWER, before(untold(delivery, notices)))
    if change.kind in _FALLS_AWAY:
        context["leave_shift_url"] = ""
    return _letter(NOTICE, recipient, context)


def register_letters() -> None:
    register(CONFIRM, unwanted=_confirm_unwanted, render=_render_confirm)
    register(NEWS, unwanted=_news_unwanted, render=_render_news)
    register(REMINDER, unwanted=_reminder_unwanted, render=_render_reminders)
    register(NOTICE, unwanted=_notice_unwanted, render=_render_notices)
