"""The rules that come with the site, from data/country_rules.json, and what is kept of a change."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone

from events.models import CountryRule, CountryRuleChange, SiteStamp
from events.names import country_codes

FILE = settings.DATA_DIR / "country_rules.json"


class BadRules(Exception):
    """The file cannot be loaded; the message names the row and says why."""


@dataclass(frozen=True)
class Loaded:
    """How many rules were written, and how many were left alone because they were edited here."""

    written: int
    kept: int


def read(path: Path) -> list[CountryRule]:
    """The rules of a file, checked, not saved. Raises BadRules."""
    try:
        rows = json.loads(path.read_text("utf-8"))["rules"]
        return [_rule(row) for row in rows]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadRules(f"The file cannot be read: {error!r}") from error


def _rule(row: dict[str, Any]) -> CountryRule:
    street, simplified = row.get("street_lead") or {}, row.get("simplified") or {}
    rule = CountryRule(
        country=row["country"],
        authority=row.get("authority") or "",
        duty=row["duty"],
        lead=row.get("lead"),
        unit=row.get("unit") or "",
        anchor=row.get("anchor", "start"),
        march_only=row.get("march_only", False),
        street_lead=street.get("lead"),
        street_unit=street.get("unit", ""),
        street_confidence=street.get("confidence", ""),
        simplified_lead=simplified.get("lead"),
        simplified_unit=simplified.get("unit", ""),
        simplified_to=simplified.get("to", ""),
        simplified_condition=simplified.get("condition", ""),
        earliest_days=row.get("earliest_days"),
        remarks=row.get("remarks") or "",
        source=row["source"],
        confidence=row["confidence"],
        checked_on=row["checked_on"],
        default_disclosure=row.get("default_disclosure", "public"),
    )
    try:
        rule.clean_fields()
        rule.clean()
    except ValidationError as error:
        raise BadRules(f"{rule.country}: {error.message_dict}") from error
    if rule.country not in country_codes():
        raise BadRules(f"{rule.country}: there is no such country.")
    return rule


@transaction.atomic
def load(path: Path = FILE, *, overwrites: bool = False) -> Loaded:
    """Write what differs from the file, all of it or nothing. A rule that was edited here stays, unless *overwrites*.
    Raises BadRules."""
    found = read(path)
    there = CountryRule.objects.select_for_update().by_country(rule.country for rule in found)
    changed = [rule for rule in found if _differs(there.get(rule.country), rule, overwrites)]
    kept = [rule for rule in there.values() if rule.edited_at and not overwrites]
    if changed:
        now = timezone.now()
        keep_old_values([there[rule.country] for rule in changed if rule.country in there], at=now, actor_id=None)
        CountryRule.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["country"],
            update_fields=[*CountryRule.CONTENT, "edited_at", "editor_id"],
        )
        SiteStamp.objects.bump()
    return Loaded(len(changed), len(kept))


def _differs(old: CountryRule | None, new: CountryRule, overwrites: bool) -> bool:
    if old is None:
        return True
    return (overwrites or not old.edited_at) and (old.content() != new.content() or bool(old.edited_at))


def keep_old_values(rules: Iterable[CountryRule], *, at: datetime, actor_id: UUID | None) -> None:
    """A row of history for each of *rules*, with what they say now; call before writing something else."""
    CountryRuleChange.objects.bulk_create(
        CountryRuleChange(country=rule.country, at=at, actor_id=actor_id, before=as_kept(rule)) for rule in rules
    )


def as_kept(rule: CountryRule) -> dict[str, Any]:
    """What a rule says as JSON has it."""
    return dict(json.loads(json.dumps(rule.content(), cls=DjangoJSONEncoder)))
