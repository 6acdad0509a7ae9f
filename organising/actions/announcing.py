"""Writing to those who follow a protest: draft, try, send, stop. Whoever sends locks the protest before the letter, so
that two at once cannot both take the last of the day."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actions import record
from accounts.models import User
from events.actions import SECOND_THOUGHTS, Refused
from events.blocklist import listed_in
from events.models import Event
from organising.budgets import MOST_UNSEEN, Budget, budget_of, first_link
from organising.emails.announcement import LETTER, TEST
from organising.models import Announcement
from organising.permissions import can_announce
from outbox.actions import post
from outbox.models import Delivery, Priority
from outbox.quiet import after_quiet_hours
from reminders.models import Subscription
from reminders.planning import INSERT_IN_BATCH

State = Announcement.State
STAYS_USEFUL = timedelta(days=2)
MOST_DRAFTS = 20
TESTS_A_DAY = 10
# Why a mail that was taken back did not leave.
STOPPED = "stopped"

# One mail to each confirmed follower of the protest itself; run again, it makes no second one.
_TELL = f"""
    WITH followers AS (
        SELECT DISTINCT s.recipient_id
        FROM reminders_subscription s
        JOIN outbox_recipient r ON r.id = s.recipient_id AND r.suspended_at IS NULL AND r.never_again_at IS NULL
        WHERE s.scope = 'event' AND s.event_id = %(event)s AND s.confirmed_at IS NOT NULL
          AND (r.paused_until IS NULL OR r.paused_until <= %(now)s)
    )
    {INSERT_IN_BATCH}
    SELECT recipient_id, '{LETTER}', %(batch)s || ':' || recipient_id, %(ids)s::jsonb, {Priority.NOTICE.value},
           %(now)s::timestamptz, %(not_before)s::timestamptz, %(useful_until)s::timestamptz,
           'queued', '', 0, 0, 0, %(batch)s
    FROM followers
    ON CONFLICT (key) DO NOTHING
"""


@dataclass(frozen=True)
class Texts:
    """What an organiser writes, in one language and its translations."""

    language: str
    subject: str
    text: str
    translations: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, str]:
        others = json.dumps(self.translations, ensure_ascii=False, sort_keys=True) if self.translations else ""
        return {"language": self.language, "subject": self.subject, "text": self.text, "other_texts": others}


def _all_texts(announcement: Announcement) -> list[str]:
    others = [text for one in announcement.translations.values() for text in one.values()]
    return [announcement.subject, announcement.text, *others]


def _locked_event(event: Event) -> Event:
    return Event.objects.select_for_update(of=("self",), no_key=True).select_related("campaign").get(pk=event.pk)


def _locked(announcement: Announcement) -> Announcement:
    found = Announcement.objects.select_for_update(of=("self",), no_key=True).select_related("event__campaign")
    return found.get(pk=announcement.pk)


def _check_may_announce(event: Event, now: datetime) -> None:
    if not can_announce(event, now):
        raise Refused(_("Only followers of a protest that is public and not long over can be written to."))


@transaction.atomic
def draft(event: Event, texts: Texts, *, key: UUID, by: User) -> Announcement:
    """Begin a letter. A form that is sent twice makes one."""
    event = _locked_event(event)
    now = timezone.now()
    _check_may_announce(event, now)
    known = Announcement.objects.filter(key=key).first()
    if known and known.event_id == event.pk:
        return known
    if known:
        raise Refused(_("Please press the button again."))
    if event.announcements.filter(state=State.DRAFT).count() >= MOST_DRAFTS:
        raise Refused(_("There are many drafts here already. Use one of them."))
    return Announcement.objects.create(event=event, key=key, actor_id=by.actor_id, created_at=now, **texts.columns)


@transaction.atomic
def rewrite(announcement: Announcement, texts: Texts, *, by: User) -> Announcement:
    """Change a letter that was not sent, or that the moderators sent back."""
    announcement = _locked(announcement)
    _check_may_announce(announcement.event, timezone.now())
    if not announcement.is_open:
        raise Refused(_("This was sent meanwhile and cannot be changed any more."))
    columns = texts.columns
    if all(getattr(announcement, name) == value for name, value in columns.items()):
        return announcement
    for name, value in columns.items():
        setattr(announcement, name, value)
    announcement.state = State.DRAFT
    announcement.actor_id = by.actor_id
    announcement.version += 1
    announcement.save(update_fields=[*columns, "state", "actor_id", "version"])
    return announcement


@transaction.atomic
def send(announcement: Announcement, *, version: int, by: User) -> Announcement:
    """Send it to everybody who follows the protest, or to the moderators first. *version* is what was read before the
    button was pressed: what somebody else changed meanwhile is not sent unread, and an old form sends nothing twice."""
    event = _locked_event(announcement.event)
    announcement = _locked(announcement)
    if announcement.version != version:
        raise Refused(_("The text was changed meanwhile. Read it again before you send it."))
    if not announcement.is_draft:
        return announcement
    now = timezone.now()
    _check_may_announce(event, now)
    budget = budget_of(event, by, now)
    _check_budget(announcement, budget)
    followers = Subscription.objects.confirmed().filter(event=event).count()
    if not followers:
        raise Refused(_("Nobody follows this protest yet."))
    announcement.sent_at = now
    announcement.actor_id = by.actor_id
    announcement.review = _review_for(announcement, followers, budget, by)
    announcement.save(update_fields=["sent_at", "actor_id", "review"])
    if announcement.review:
        announcement.state = State.IN_REVIEW
        announcement.save(update_fields=["state"])
    else:
        release(announcement, at=now)
    record("announcement sent", by=by, on=announcement, event=event.pk, review=announcement.review)
    return announcement


def _check_budget(announcement: Announcement, budget: Budget) -> None:
    if not budget.left:
        said = ngettext(
            "Followers get at most %(most)d announcement of a protest a day. Send it later.",
            "Followers get at most %(most)d announcements of a protest a day. Send it later.",
            budget.most,
        )
        raise Refused(said % {"most": budget.most})
    link = "" if budget.is_trusted else first_link(_all_texts(announcement))
    if link:
        raise Refused(no_links(link))


def no_links(link: str) -> str:
    """Why a text with *link* in it is not taken."""
    return _(
        "“%(link)s” looks like a link. You can send links once the moderators trust you. Until then put it on the page "
        "of the protest; if it is no link, write a blank after the full stop."
    ) % {"link": link[:60]}


def _review_for(announcement: Announcement, followers: int, budget: Budget, by: User) -> str:
    """Why a moderator reads it first; "" if nobody needs to."""
    subject, text, *others = _all_texts(announcement)
    details = {"title": subject, "description": "\n".join([text, *others])}
    if listed_in(details, by.email):
        return Announcement.Review.LISTED
    return Announcement.Review.MANY if followers > MOST_UNSEEN and not budget.is_trusted else ""


def release(announcement: Announcement, *, at: datetime) -> None:
    """Put its mails into the outbox: not at night on the spot, and never so soon that it cannot be stopped. Call it
    with the letter locked."""
    announcement.state, announcement.released_at = State.RELEASED, at
    announcement.save(update_fields=["state", "released_at"])
    event = announcement.event
    not_before = after_quiet_hours(at + SECOND_THOUGHTS, event.zone)
    ids = {"announcement": announcement.pk, "event": event.pk, "quiet": event.timezone}
    values: dict[str, Any] = {
        "event": event.pk,
        "batch": announcement.batch,
        "ids": json.dumps(ids),
        "now": at,
        "not_before": not_before,
        "useful_until": not_before + STAYS_USEFUL,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TELL, values)


@transaction.atomic
def stop(announcement: Announcement, *, by: User) -> Announcement:
    """Take back what has not left. While no mail has, it is a draft again and costs nothing of the day."""
    announcement = _locked(announcement)
    mails = Delivery.objects.filter(batch=announcement.batch)
    if announcement.is_in_review:
        _back_to_draft(announcement)
    elif announcement.is_released:
        waiting = mails.filter(state=Delivery.State.QUEUED)
        now = timezone.now()
        if not waiting.update(state=Delivery.State.SKIPPED, reason=STOPPED, finished_at=now):
            raise Refused(_("It has left already."))
        if mails.exclude(reason=STOPPED).exists():
            announcement.state = State.STOPPED
            announcement.save(update_fields=["state"])
        else:
            mails.delete()
            _back_to_draft(announcement)
    else:
        return announcement
    record("announcement stopped", by=by, on=announcement, event=announcement.event_id)
    return announcement


def _back_to_draft(announcement: Announcement) -> None:
    """The form that was pressed before sends it no second time."""
    announcement.state, announcement.review = State.DRAFT, ""
    announcement.sent_at = announcement.released_at = None
    announcement.version += 1
    announcement.save(update_fields=["state", "review", "sent_at", "released_at", "version"])


@transaction.atomic
def send_test(announcement: Announcement, *, by: User) -> bool:
    """Mail it to whoever writes it, and to nobody else. False if the same text went there within this minute."""
    announcement = _locked(announcement)
    now = timezone.now()
    _check_may_announce(announcement.event, now)
    tests = Delivery.objects.filter(letter=TEST, recipient=by.recipient, created_at__gt=now - timedelta(days=1))
    if tests.count() >= TESTS_A_DAY:
        raise Refused(_("You had many test mails today. The preview shows the same."))
    key = f"{TEST}:{announcement.pk}:{by.pk}:{announcement.version}:{int(now.timestamp()) // 60}"
    ids = {"announcement": announcement.pk, "event": announcement.event_id}
    until = now + timedelta(hours=1)
    return post(TEST, by.recipient, key=key, ids=ids, priority=Priority.NOTICE, useful_until=until)
