"""The alert of a late or large change: to everybody who may decide on it, at once and at night too. One mail a person
and version, and of one protest none within 15 minutes of the last: whoever sends version after version must not wake
them each time. Like all mail to moderators it names no protest."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from events.models import Revision
from events.names import country_name
from moderation.digests import GAP, ON_DUTY
from moderation.permissions import revisions_of
from outbox.letters import Letter, register
from outbox.models import Delivery, Priority
from outbox.rendering import render_letter
from reminders.planning import INSERT, ROW

LETTER = "late_change"

# Where nobody is on duty, superusers are told. Those who organise the protest may not decide on it.
_HEARD = f"""
    on_duty AS ({ON_DUTY}),
    late AS (
        SELECT r.id, r.event_id, r.country, r.language, e.campaign_id FROM events_revision r
        JOIN events_event e ON e.id = r.event_id
        WHERE r.state = 'pending' AND r.is_sensitive AND r.quarantine = ''
    ),
    told AS (
        SELECT late.id, late.event_id, d.user_id FROM late
        JOIN on_duty d ON d.campaign_id = late.campaign_id AND d.country IN ('', late.country)
                      AND (d.languages = '{{}}' OR late.language = ANY(d.languages))
    ),
    heard AS (
        SELECT * FROM told
        UNION
        SELECT late.id, late.event_id, u.id FROM late JOIN accounts_user u ON u.is_superuser AND u.is_active
        WHERE NOT EXISTS (SELECT FROM told WHERE told.id = late.id)
    )
"""
_PLAN = f"""
    WITH {_HEARD},
    planned AS (
        SELECT r.id AS recipient_id, heard.id, heard.event_id, %(now)s::timestamptz AS not_before,
               %(now)s::timestamptz + interval '2 days' AS until
        FROM heard
        JOIN accounts_user u ON u.id = heard.user_id
        JOIN outbox_recipient r ON r.id = u.recipient_id AND r.suspended_at IS NULL AND r.never_again_at IS NULL
        WHERE NOT EXISTS (
            SELECT FROM events_organiser o WHERE o.event_id = heard.event_id AND o.user_id = heard.user_id
        ) AND NOT EXISTS (
            SELECT FROM outbox_delivery d
            WHERE d.recipient_id = r.id AND d.letter = '{LETTER}' AND (d.ids->>'event')::bigint = heard.event_id
              AND d.created_at > %(now)s::timestamptz - %(gap)s
        )
    )
    {INSERT}
    SELECT recipient_id, '{LETTER}', '{LETTER}:' || id || ':' || recipient_id,
           jsonb_build_object('revision', id, 'event', event_id),
           {Priority.URGENT.value}, {ROW}
    FROM planned
    ON CONFLICT (key) DO NOTHING
"""


def plan(now: datetime) -> int:
    """Put the alerts that are missing into the outbox. Returns how many."""
    values: dict[str, Any] = {"now": now, "today": now.date(), "gap": GAP}
    with connection.cursor() as cursor:
        cursor.execute(_PLAN, values)
        return int(cursor.rowcount)


def _waiting(delivery: Delivery) -> Revision | None:
    """The version that this mail tells of, if it still waits for its reader."""
    user = User.objects.filter(recipient=delivery.recipient_id, is_active=True).first()
    return revisions_of(user).in_queue().filter(pk=delivery.ids["revision"]).first() if user else None


def _unwanted(deliveries: list[Delivery]) -> dict[int, str]:
    return {delivery.pk: "decided" for delivery in deliveries if _waiting(delivery) is None}


def _render(deliveries: list[Delivery]) -> dict[int, Letter]:
    found = {delivery: _waiting(delivery) for delivery in deliveries}
    return {delivery.pk: _letter(delivery, revision) for delivery, revision in found.items() if revision}


def _letter(delivery: Delivery, revision: Revision) -> Letter:
    language = delivery.recipient.language
    with translation.override(language):
        context = {
            "country": country_name(revision.country),
            "revision_url": settings.SITE_URL + reverse("moderation:revision", args=[revision.pk]),
        }
    return render_letter(LETTER, context, language)


def register_letters() -> None:
    register(LETTER, unwanted=_unwanted, render=_render)
