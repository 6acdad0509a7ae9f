"""Duties to notify an assembly, country by country, with where that is known from. Never advice."""

from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.models.campaign import Disclosure

# No country asks for more; it keeps a slip of the hand from reaching into another year.
LONGEST_LEAD = 400
# Columns that are filled together.
PAIRS = (("lead", "unit"), ("street_lead", "street_unit"), ("simplified_lead", "simplified_unit"))
_IN_RANGE = [MinValueValidator(1), MaxValueValidator(LONGEST_LEAD)]


class Unit(models.TextChoices):
    HOURS = "hours", _("hours")
    DAYS = "days", _("days")
    CLEAR_DAYS = "clear_days", _("clear days: full days in between, neither end counted")
    WORKING_DAYS = "working_days", _("working days: Monday to Friday, no public holidays")


class Confidence(models.TextChoices):
    HIGH = "high", _("high")
    MEDIUM = "medium", _("medium")
    LOW = "low", _("low")


def _lead(label: Any) -> Any:
    return models.PositiveSmallIntegerField(label, null=True, blank=True, validators=_IN_RANGE)


def _unit(label: Any) -> Any:
    return models.CharField(label, max_length=12, choices=Unit.choices, blank=True)


def _whole(lead: str, unit: str) -> models.CheckConstraint:
    """A count comes with its unit, and a unit with its count."""
    return models.CheckConstraint(
        name=f"country_rule_{lead}_has_a_unit",
        condition=Q(**{f"{lead}__isnull": True, unit: ""}) | (Q(**{f"{lead}__gte": 1}) & ~Q(**{unit: ""})),
    )


class CountryRuleQuerySet(models.QuerySet["CountryRule"]):
    def by_country(self, countries: Any) -> dict[str, "CountryRule"]:
        return {rule.country: rule for rule in self.filter(country__in=countries)}


class CountryRule(models.Model):
    """The duty of one country, as data/country_rules.json has it or a coordinator wrote it (moderation/rules.py).
    Authority, condition, remarks and source are English. `editor_id` is an opaque actor; both are null as long as the
    row is the file's."""

    class Duty(models.TextChoices):
        NOTIFY = "notify", _("A notice is to be given")
        AUTHORISATION = "authorisation", _("A permit is needed")
        NONE = "none", _("No duty to notify")
        UNKNOWN = "unknown", _("Not known")

    class Anchor(models.TextChoices):
        START = "start", _("before the start")
        ANNOUNCEMENT = "announcement", _("before the public announcement")

    country = models.CharField(_("country"), max_length=2, unique=True)
    authority = models.CharField(_("to whom"), max_length=300, blank=True)
    duty = models.CharField(_("duty"), max_length=14, choices=Duty.choices)
    lead = _lead(_("how long before"))
    unit = _unit(_("unit"))
    anchor = models.CharField(_("counted"), max_length=12, choices=Anchor.choices, default=Anchor.START)
    march_only = models.BooleanField(_("for marches only"), default=False)
    street_lead = _lead(_("how long before, when the road is used"))
    street_unit = _unit(_("unit, when the road is used"))
    street_confidence = models.CharField(
        _("how sure, when the road is used"), max_length=6, choices=Confidence.choices, blank=True
    )
    simplified_lead = _lead(_("how long before, in the shorter way"))
    simplified_unit = _unit(_("unit, in the shorter way"))
    simplified_to = models.CharField(_("to whom, in the shorter way"), max_length=300, blank=True)
    simplified_condition = models.CharField(_("when the shorter way is open"), max_length=300, blank=True)
    earliest_days = models.PositiveSmallIntegerField(
        _("not earlier than so many days before"), null=True, blank=True, validators=_IN_RANGE
    )
    remarks = models.TextField(_("remarks"), max_length=2000, blank=True)
    source = models.CharField(_("source"), max_length=500)
    confidence = models.CharField(_("how sure"), max_length=6, choices=Confidence.choices)
    checked_on = models.DateField(_("checked on"))
    default_disclosure = models.CharField(
        _("who may know the exact place, at first"),
        max_length=10,
        choices=Disclosure.choices,
        default=Disclosure.PUBLIC,
    )
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    editor_id = models.UUIDField(null=True, blank=True, editable=False)

    objects = CountryRuleQuerySet.as_manager()

    # All that a coordinator may write, in the order of the form.
    CONTENT: ClassVar[tuple[str, ...]] = (
        "duty",
        "authority",
        "lead",
        "unit",
        "anchor",
        "march_only",
        "earliest_days",
        "street_lead",
        "street_unit",
        "street_confidence",
        "simplified_lead",
        "simplified_unit",
        "simplified_to",
        "simplified_condition",
        "remarks",
        "default_disclosure",
        "source",
        "confidence",
        "checked_on",
    )

    class Meta:
        constraints = [_whole(*pair) for pair in PAIRS]

    def __str__(self) -> str:
        return f"rule of {self.country}"

    def clean(self) -> None:
        """Say in words what the constraints would refuse."""
        troubles = {}
        for lead, unit in PAIRS:
            if getattr(self, lead) and not getattr(self, unit):
                troubles[unit] = _("Say in what the time is counted.")
            elif getattr(self, unit) and not getattr(self, lead):
                troubles[lead] = _("Say how long before, or leave out in what it is counted.")
        if troubles:
            raise ValidationError(troubles)

    def content(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.CONTENT}


class CountryRuleChangeQuerySet(models.QuerySet["CountryRuleChange"]):
    def of(self, country: str) -> Self:
        return self.filter(country=country).order_by("-at", "-pk")


class CountryRuleChange(models.Model):
    """What a rule said before somebody changed it; empty for the first version. Append-only (a trigger refuses the
    rest). Without an actor it was the loading of the file."""

    country = models.CharField(max_length=2)
    at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    before = models.JSONField(default=dict)

    objects = CountryRuleChangeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(name="rule_change_of_country", fields=["country", "-at"])]

    def __str__(self) -> str:
        return f"change of the rule of {self.country}"
