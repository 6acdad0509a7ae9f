"""Mails to moderators about what waits. They hold numbers and a link, never a title, a place or an address: a mailbox
may be read by others.

Four letters: a digest as often as its reader wants; an alert when something waits longer than they want; one for
reports, gathered for 15 minutes; and one for reports that people are at risk, at once and at night too. Each goes to
whoever is on duty: for the country and the language, not on holiday, or standing in; where nobody is, to the
superusers. Of each letter a person gets at most one in 15 minutes, and only for something newer than the last one. The
statement may run at any time, and twice at once.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Min, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from events import when
from events.models import Coordinator, EventMessage, Report
from events.names import country_name
from moderation import letters
from moderation.models import MailChoice
from moderation.permissions import (
    after_reports_of,
    announcements_of,
    events_of,
    is_moderator,
    revisions_of,
    threads_of,
)
from outbox.letters import Letter, register
from outbox.models import Delivery, Priority
from outbox.rendering import render_letter
from reminders.planning import INSERT, IS_QUIET, ROW

DIGEST, LATE, REPORTS, DANGER = "moderation_digest", "moderation_late", "moderation_reports", "moderation_danger"
GAP = timedelta(minutes=15)
# Only one planner at a time, so that each sees what the other has planned. Any number that nobody else locks.
_LOCK = 4_204_001

_ITEMS = """
    SELECT 'revision' AS kind, e.campaign_id, r.country, r.language, r.submitted_at AS at
    FROM events_revision r JOIN events_event e ON e.id = r.event_id
    WHERE r.state = 'pending' AND r.quarantine = ''
    UNION ALL
    SELECT CASE p.reason WHEN 'danger' THEN 'danger' ELSE 'report' END, e.campaign_id, e.country, e.language, p.at
    FROM events_report p JOIN events_event e ON e.id = p.event_id WHERE p.closed_at IS NULL
    UNION ALL
    SELECT 'report', e.campaign_id, e.country, e.language, t.reported_at
    FROM events_thread t JOIN events_event e ON e.id = t.event_id
    WHERE t.reported_at IS NOT NULL AND t.report_closed_at IS NULL
    UNION ALL
    SELECT 'message', e.campaign_id, e.country, e.language, last.at
    FROM events_event e
    JOIN (SELECT DISTINCT ON (event_id) event_id, at, is_from_moderators FROM events_eventmessage
          ORDER BY event_id, at DESC, id DESC) last ON last.event_id = e.id AND NOT last.is_from_moderators
    UNION ALL
    SELECT 'text', e.campaign_id, e.country, e.language, a.sent_at
    FROM organising_announcement a JOIN events_event e ON e.id = a.event_id WHERE a.state = 'in_review'
    UNION ALL
    SELECT 'text', e.campaign_id, e.country, e.language, a.submitted_at
    FROM events_afterreport a JOIN events_event e ON e.id = a.event_id WHERE a.state = 'pending'
"""
ON_DUTY = """
    SELECT c.campaign_id, c.country, c.languages, u.id AS user_id
    FROM events_coordinator c
    JOIN accounts_user u ON u.is_active
     AND u.id = CASE WHEN %(today)s::date BETWEEN c.away_from AND c.away_until THEN c.cover_id ELSE c.user_id END
"""
# What each person should hear of: the newest of it decides whether a letter is due.
_HEARD = f"""
    WITH items AS ({_ITEMS}), on_duty AS ({ON_DUTY}),
    seen AS (
        SELECT DISTINCT i.*, d.user_id FROM items i
        JOIN on_duty d ON d.campaign_id = i.campaign_id AND d.country IN ('', i.country)
                      AND (d.languages = '{{}}' OR i.language = ANY(d.languages))
    ),
    heard AS (
        SELECT * FROM seen
        UNION ALL
        SELECT i.*, u.id FROM items i JOIN accounts_user u ON u.is_superuser AND u.is_active
        WHERE NOT EXISTS (
            SELECT FROM on_duty d WHERE d.campaign_id = i.campaign_id AND d.country IN ('', i.country)
                AND (d.languages = '{{}}' OR i.language = ANY(d.languages))
        )
    ),
    chosen AS (
        SELECT h.*, campaign.timezone AS zone, COALESCE(m.digest, 'hourly') AS digest,
               COALESCE(m.alert_on_reports, true) AS is_told_of_reports,
               h.at + NULLIF(COALESCE(m.alert_hours, %(hours)s), 0) * interval '1 hour' AS late_at
        FROM heard h
        JOIN events_campaign campaign ON campaign.id = h.campaign_id
        LEFT JOIN moderation_mailchoice m ON m.user_id = h.user_id
    ),
    wanted AS (
        SELECT user_id, '{DIGEST}' AS letter, zone, digest, at FROM chosen WHERE digest <> 'never'
        UNION ALL
        SELECT user_id, '{LATE}', zone, 'now', late_at FROM chosen WHERE kind = 'revision' AND late_at <= %(now)s
        UNION ALL
        SELECT user_id, '{REPORTS}', zone, 'quarter', at FROM chosen WHERE kind = 'report' AND is_told_of_reports
        UNION ALL
        SELECT user_id, '{DANGER}', zone, 'now', at FROM chosen WHERE kind = 'danger'
    ),
    newest AS (
        SELECT user_id, letter, max(at) AS at, (array_agg(zone ORDER BY at DESC))[1] AS zone, min(digest) AS digest
        FROM wanted GROUP BY user_id, letter
    )
"""
_QUARTER = "date_bin('15 minutes', %(now)s, '2000-01-01 00:00+00') + interval '15 minutes'"
_PLAN = f"""
    {_HEARD},
    due AS (
        SELECT u.recipient_id, n.letter, n.zone,
               GREATEST(last.not_before + %(gap)s, CASE n.digest
                   WHEN 'now' THEN %(now)s
                   WHEN 'quarter' THEN {_QUARTER}
                   WHEN 'hourly' THEN date_trunc('hour', %(now)s::timestamptz, 'UTC') + interval '1 hour'
                   ELSE ((%(now)s AT TIME ZONE n.zone - interval '9 hours')::date + 1 + time '09:00')
                        AT TIME ZONE n.zone
               END) AS slot
        FROM newest n
        JOIN accounts_user u ON u.id = n.user_id
        JOIN outbox_recipient r ON r.id = u.recipient_id AND r.suspended_at IS NULL AND r.never_again_at IS NULL
        LEFT JOIN LATERAL (
            SELECT max(not_before) AS not_before FROM outbox_delivery d
            WHERE d.recipient_id = u.recipient_id AND d.letter = n.letter
        ) last ON true
        WHERE last.not_before IS NULL OR n.at > last.not_before
    ),
    planned AS (
        SELECT recipient_id, letter, zone, leaves.at AS not_before, leaves.at + interval '1 day' AS until
        FROM due
        CROSS JOIN LATERAL (
            SELECT CASE WHEN letter <> '{DANGER}' AND ({IS_QUIET.format("slot AT TIME ZONE zone")})
                        THEN ((slot AT TIME ZONE zone + interval '3 hours')::date + time '08:00') AT TIME ZONE zone
                        ELSE slot END AS at
        ) leaves
    )
    {INSERT}
    SELECT recipient_id, letter, letter || ':' || recipient_id || ':' || extract(epoch FROM not_before)::bigint,
           CASE letter WHEN '{DANGER}' THEN '{{}}'::jsonb ELSE jsonb_build_object('quiet', zone) END,
           CASE letter WHEN '{DANGER}' THEN {Priority.URGENT.value} ELSE {Priority.NOTICE.value} END, {ROW}
    FROM planned
    ON CONFLICT (key) DO NOTHING
"""


@transaction.atomic
def plan(now: datetime) -> int:
    """Put what moderators should hear into the outbox. Returns how many mails."""
    hours = MailChoice._meta.get_field("alert_hours").get_default()
    values: dict[str, Any] = {"now": now, "today": now.date(), "gap": GAP, "hours": hours}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(_PLAN, values)
        return int(cursor.rowcount)


@dataclass(frozen=True)
class Row:
    """What waits in one country."""

    country: str
    waiting: int
    oldest: str
    sensitive: int
    late: int
    reports: int
    danger: int
    messages: int
    # Announcements and after-reports.
    texts: int


@dataclass(frozen=True)
class Waiting:
    """All that waits for one person."""

    rows: list[Row]
    letters: int

    def total(self, name: str) -> int:
        return sum(getattr(row, name) for row in self.rows)


def waiting_for(user: User, now: datetime) -> Waiting:
    """What waits for *user* now, by country, where somebody waits the longest first."""
    choice = MailChoice.objects.filter(user=user).first() or MailChoice()
    late = Q(submitted_at__lte=now - timedelta(hours=choice.alert_hours)) if choice.alert_hours else Q(pk=None)
    queue = revisions_of(user).in_queue().order_by().values("country")
    counts: dict[str, dict[str, Any]] = defaultdict(dict)
    for found in queue.annotate(
        waiting=Count("pk"),
        oldest=Min("submitted_at"),
        sensitive=Count("pk", filter=Q(is_sensitive=True)),
        late=Count("pk", filter=late),
    ):
        counts[found["country"]].update(found)
    mine = events_of(user).order_by()
    reports = Report.objects.open().filter(event__in=mine).order_by().values("event__country")
    danger = Count("pk", filter=Q(reason=Report.Reason.DANGER))
    for said in reports.annotate(reports=Count("pk"), danger=danger):
        counts[said["event__country"]].update(reports=said["reports"], danger=said["danger"])
    shown = letters.open_for(user).order_by().values("event__country")
    for written in shown.annotate(number=Count("pk")):
        row = counts[written["event__country"]]
        row["reports"] = row.get("reports", 0) + written["number"]
    last = EventMessage.objects.filter(event=OuterRef("pk")).order_by("-at", "-pk").values("is_from_moderators")[:1]
    unanswered = mine.annotate(is_ours=Subquery(last)).filter(is_ours=False)
    for asked in unanswered.values("country").annotate(number=Count("pk")):
        counts[asked["country"]].update(messages=asked["number"])
    for texts in (announcements_of(user).in_review(), after_reports_of(user).pending()):
        for sent in texts.order_by().values("event__country").annotate(number=Count("pk")):
            row = counts[sent["event__country"]]
            row["texts"] = row.get("texts", 0) + sent["number"]
    order = sorted(counts, key=lambda code: (counts[code].get("oldest", now), code))
    rows = [_row(code, counts[code], now) for code in order]
    return Waiting(rows, threads_of(user).waiting().count())


def _row(code: str, counts: dict[str, Any], now: datetime) -> Row:
    names = ("waiting", "sensitive", "late", "reports", "danger", "messages", "texts")
    oldest = when.wait_text(now - counts["oldest"]) if "oldest" in counts else ""
    return Row(country=country_name(code), oldest=oldest, **{name: counts.get(name, 0) for name in names})


# What has to wait for a letter to be wanted when it leaves.
_ABOUT = {
    DIGEST: ("waiting", "reports", "messages", "texts"),
    LATE: ("late",),
    REPORTS: ("reports",),
    DANGER: ("danger",),
}


def _unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    reasons = {delivery.pk: _why_not(delivery, timezone.now()) for delivery in deliveries}
    return {pk: reason for pk, reason in reasons.items() if reason}


def _why_not(delivery: Delivery, now: datetime) -> str:
    user = User.objects.get(recipient=delivery.recipient_id)
    rows = Coordinator.objects.filter(user=user)
    is_away = rows.exists() and not rows.exclude(pk__in=rows.on_holiday(now.date())).exists()
    if not is_moderator(user):
        return "not a moderator any more"
    if is_away and not user.covers.on_holiday(now.date()).exists():
        return "on holiday"
    if delivery.letter == DIGEST and MailChoice.objects.filter(user=user, digest=MailChoice.Digest.NEVER).exists():
        return "not wanted any more"
    waiting = waiting_for(user, now)
    return "" if any(waiting.total(name) for name in _ABOUT[delivery.letter]) else "nothing waits"


def _render(deliveries: list[Delivery]) -> dict[int, Letter]:
    return {delivery.pk: _letter(delivery, timezone.now()) for delivery in deliveries}


def _letter(delivery: Delivery, now: datetime) -> Letter:
    user = User.objects.get(recipient=delivery.recipient_id)
    language = delivery.recipient.language
    with translation.override(language):
        waiting = waiting_for(user, now)
    context = {
        "rows": waiting.rows,
        "letters": waiting.letters,
        **{name: waiting.total(name) for name in ("waiting", "late", "reports", "danger", "messages", "texts")},
        "queue_url": settings.SITE_URL + reverse("moderation:queue"),
        "reports_url": settings.SITE_URL + reverse("moderation:reports"),
        "me_url": settings.SITE_URL + reverse("moderation:me"),
    }
    return render_letter(delivery.letter, context, language)


def register_letters() -> None:
    for letter in _ABOUT:
        register(letter, unwanted=_unwanted, render=_render)
