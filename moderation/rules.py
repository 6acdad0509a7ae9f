"""Writing the rules of a country, which ones there are, and what they said before."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events import legal_clock
from events.actions import ChangedMeanwhile
from events.country_rules import as_kept, keep_old_values
from events.legal_clock import Facts
from events.models import Campaign, CampaignCountry, CountryRule, CountryRuleChange, SiteStamp
from events.names import country_name
from events.rule_words import DeadlineInWords, RuleInWords, deadline_in_words, rule_in_words
from moderation.permissions import card_countries_of

MOST_SHOWN = 50
# The example that the form works out: an afternoon of the edition.
EXAMPLE_HOUR = time(14)


@dataclass(frozen=True)
class CountryRow:
    """A country of the list; without words nothing is known of it."""

    country: str
    name: str
    words: RuleInWords | None


@dataclass(frozen=True)
class Line:
    """One thing that a change changed, as it was and as it became."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class PastChange:
    """`who` is the opaque number of a person; empty for the loading of the file."""

    at: datetime
    who: str
    lines: list[Line]


@dataclass(frozen=True)
class Example:
    """What the clock makes of a rule."""

    is_march: bool
    deadline: DeadlineInWords


def seen_of(rule: CountryRule | None) -> str:
    """Which version somebody has read, for a hidden field."""
    if rule is None:
        return "none"
    return rule.edited_at.isoformat() if rule.edited_at else f"file {rule.checked_on}"


@transaction.atomic
def change_rule(country: str, content: dict[str, Any], *, seen: str, by: User) -> CountryRule:
    """Write what a rule says; *seen* is the version that was read. The same content again changes nothing."""
    old = CountryRule.objects.select_for_update().filter(country=country).first()
    if old is not None and old.content() == content:
        return old
    if seen_of(old) != seen:
        raise ChangedMeanwhile(_("Somebody else changed this rule meanwhile. Look at both, and save again."))
    now = timezone.now()
    if old:
        keep_old_values([old], at=now, actor_id=by.actor_id)
    else:
        CountryRuleChange.objects.create(country=country, at=now, actor_id=by.actor_id)
    rule = old or CountryRule(country=country)
    for name, value in {**content, "edited_at": now, "editor_id": by.actor_id}.items():
        setattr(rule, name, value)
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError as error:
        raise ChangedMeanwhile(_("Somebody else wrote this rule meanwhile. Look at it, and save again.")) from error
    SiteStamp.objects.bump()
    record("country rule changed", by=by, on=rule, country=country)
    return rule


def country_rows(user: User) -> list[CountryRow]:
    """The countries whose rules *user* writes: their own, or all that take part or have one."""
    mine = card_countries_of(user)
    if mine is None:
        living = Campaign.objects.exclude(state=Campaign.State.ARCHIVED)
        taking_part = CampaignCountry.objects.filter(campaign__in=living).values_list("country", flat=True)
        mine = {*taking_part, *CountryRule.objects.values_list("country", flat=True)}
    rules = CountryRule.objects.by_country(mine)
    rows = [
        CountryRow(code, country_name(code), rule_in_words(rules[code]) if code in rules else None) for code in mine
    ]
    return sorted(rows, key=lambda row: row.name)


def history_of(country: str, now_says: CountryRule | None) -> list[PastChange]:
    """What changed when, the latest first, as far as one page holds it."""
    after: dict[str, Any] = as_kept(now_says) if now_says else {}
    changes = []
    for change in CountryRuleChange.objects.of(country)[:MOST_SHOWN]:
        who = str(change.actor_id)[:8] if change.actor_id else ""
        changes.append(PastChange(change.at, who, _lines(change.before, after)))
        after = change.before
    return changes


def _lines(before: dict[str, Any], after: dict[str, Any]) -> list[Line]:
    names = [name for name in CountryRule.CONTENT if before.get(name) != after.get(name)]
    return [Line(_label(name), _shown(name, before.get(name)), _shown(name, after.get(name))) for name in names]


def _field(name: str) -> "models.Field[Any, Any]":
    return cast("models.Field[Any, Any]", CountryRule._meta.get_field(name))


def _label(name: str) -> str:
    return force_str(_field(name).verbose_name)


def _shown(name: str, value: Any) -> str:
    """A kept value in words: a choice by its label, yes and no."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    choices = dict(_field(name).flatchoices)
    return force_str(choices.get(value, value)) if value not in {None, ""} else ""


def examples(rule: CountryRule, country: str) -> list[Example]:
    """By when a march on the road, and a protest that stays off it, would have to be notified in the current edition;
    none without an edition."""
    campaign = Campaign.objects.current()
    if campaign is None:
        return []
    taking_part = campaign.countries.filter(country=country).first()
    zone = ZoneInfo(taking_part.timezone if taking_part else campaign.timezone)
    now = timezone.now()
    return [
        Example(is_march, deadline_in_words(legal_clock.deadline(rule, _facts(country, campaign, zone, is_march)), now))
        for is_march in (True, False)
    ]


def _facts(country: str, campaign: Campaign, zone: ZoneInfo, is_march: bool) -> Facts:
    return Facts(country, campaign.starts_on, EXAMPLE_HOUR, zone, is_march=is_march, uses_street=is_march)
