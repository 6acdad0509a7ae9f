"""Who moderates an edition. Its admins appoint people, change what they look after, and take it from them; everybody
says when they are on holiday and who stands in. All of it is true at once: rights are read with every page."""

from dataclasses import dataclass
from datetime import date, datetime

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.actions import account_for_address, record
from accounts.factors import APP, PASSKEY
from accounts.models import AuditEntry, User
from events.actions import Refused
from events.models import Campaign, Coordinator, Decision
from events.names import country_name, own_language_name
from moderation.models import Claim
from moderation.people_emails import post_appointed
from moderation.permissions import campaigns_run_by
from outbox.masking import masked


@dataclass(frozen=True)
class Rights:
    """What somebody looks after; no countries or no languages: all of them."""

    role: Coordinator.Role
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Holiday:
    first: date
    last: date
    cover: User | None


@dataclass(frozen=True)
class Person:
    """Somebody's place in an edition, as its admins see it. `last_decision` is a day and no more: nobody is timed."""

    user: User
    rows: list[Coordinator]
    has_factor: bool
    last_decision: date | None

    @property
    def address(self) -> str:
        return masked(self.user.email)

    @property
    def rights(self) -> Rights:
        return rights_in(self.rows)

    @property
    def is_admin(self) -> bool:
        return self.rights.role == Coordinator.Role.ADMIN

    @property
    def countries(self) -> list[str]:
        return sorted(country_name(code) for code in self.rights.countries)

    @property
    def languages(self) -> list[str]:
        return [own_language_name(code) for code in self.rights.languages]

    @property
    def holiday(self) -> Holiday | None:
        return holiday_in(self.rows)

    @property
    def cover(self) -> str:
        """Who stands in, masked; empty if nobody does."""
        return masked(self.holiday.cover.email) if self.holiday and self.holiday.cover else ""


def rights_in(rows: list[Coordinator]) -> Rights:
    countries = tuple(sorted(row.country for row in rows if row.country))
    return Rights(Coordinator.Role(rows[0].role), countries, tuple(rows[0].languages))


def holiday_in(rows: list[Coordinator]) -> Holiday | None:
    """The holiday that is kept in each row of a person."""
    first = rows[0]
    if first.away_from is None or first.away_until is None:
        return None
    return Holiday(first.away_from, first.away_until, first.cover)


def rows_of(campaign: Campaign, user: User) -> list[Coordinator]:
    rows = Coordinator.objects.filter(campaign=campaign, user=user).select_related("cover")
    return list(rows.order_by("country"))


def places_of(user: User) -> list[tuple[Campaign, list[Coordinator]]]:
    """The editions in which *user* was appointed, with the rows of each."""
    found: dict[Campaign, list[Coordinator]] = {}
    rows = Coordinator.objects.filter(user=user).exclude(campaign__state=Campaign.State.ARCHIVED)
    for row in rows.select_related("campaign", "cover").order_by("-campaign__actions_from", "country"):
        found.setdefault(row.campaign, []).append(row)
    return list(found.items())


def people_of(campaign: Campaign) -> list[Person]:
    """Everybody who was appointed, admins first, in three queries."""
    rows: dict[User, list[Coordinator]] = {}
    ordered = Coordinator.objects.filter(campaign=campaign).order_by("role", "user", "country")
    for row in ordered.select_related("user", "cover"):
        rows.setdefault(row.user, []).append(row)
    factors = Authenticator.objects.filter(user__in=rows, type__in=[APP, PASSKEY])
    with_factor = set(factors.values_list("user", flat=True))
    decided: QuerySet[Decision] = Decision.objects.filter(actor_id__in=[user.actor_id for user in rows])
    last = dict(decided.filter(event__campaign=campaign).order_by().values_list("actor_id").annotate(Max("at")))
    return [
        Person(user, theirs, user.pk in with_factor, _day(last.get(user.actor_id))) for user, theirs in rows.items()
    ]


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _locked(campaign: Campaign, *, by: User) -> Campaign:
    """One change of the people at a time: two admins must not remove each other, nor somebody who was just removed go
    on appointing."""
    found = campaigns_run_by(by).select_for_update(no_key=True).filter(pk=campaign.pk).first()
    if found is None:
        raise Refused(_("You do not look after the people of this edition any more."))
    return found


def _check_an_admin_stays(campaign: Campaign, user: User, *, by: User) -> None:
    admins = Coordinator.objects.admins().filter(campaign=campaign, user__is_active=True)
    is_last = admins.filter(user=user).exists() and not admins.exclude(user=user).exists()
    if is_last and not (by.is_superuser and by != user):
        raise Refused(_("Nobody else looks after the people of this edition. Make somebody else an admin first."))


@transaction.atomic
def appoint(campaign: Campaign, address: str, rights: Rights, *, by: User) -> User:
    """Make whoever reads mail to *address* a moderator. Without an account they get one, and log in with a mailed
    code."""
    _locked(campaign, by=by)
    user = account_for_address(address, language=get_language() or "en", by=by)
    if not user.is_active:
        raise Refused(_("This account is closed."))
    if rows_of(campaign, user):
        raise Refused(_("This person is in the list already: change there what they look after."))
    entry = _write(campaign, user, rights, "coordinator appointed", by=by)
    post_appointed(campaign, user, key=entry.pk)
    return user


@transaction.atomic
def change_rights(campaign: Campaign, user: User, rights: Rights, *, by: User) -> None:
    """Let *user* look after something else from now on. The same again leaves no trace."""
    _locked(campaign, by=by)
    rows = rows_of(campaign, user)
    if not rows:
        raise Refused(_("This person was removed meanwhile."))
    if rights_in(rows) == rights:
        return
    if rights.role != Coordinator.Role.ADMIN:
        _check_an_admin_stays(campaign, user, by=by)
    _write(campaign, user, rights, "coordinator changed", by=by)


def _write(campaign: Campaign, user: User, rights: Rights, verb: str, *, by: User) -> AuditEntry:
    """One row for each country, or one for all; a holiday stays as it is."""
    rows = rows_of(campaign, user)
    kept = {"away_from": None, "away_until": None, "cover": None}
    if rows:
        kept = {name: getattr(rows[0], name) for name in kept}
    countries = rights.countries or ("",)
    Coordinator.objects.filter(campaign=campaign, user=user).exclude(country__in=countries).delete()
    for country in countries:
        Coordinator.objects.update_or_create(
            campaign=campaign,
            user=user,
            country=country,
            defaults={"role": rights.role, "languages": list(rights.languages), **kept},
        )
    codes = {"role": rights.role, "countries": list(rights.countries), "languages": list(rights.languages)}
    return record(verb, by=by, on=user, campaign=campaign.pk, **codes)


@transaction.atomic
def remove(campaign: Campaign, user: User, *, by: User) -> None:
    """Take everything in this edition from *user*: what they look after, what they stand in for, and what they are at
    work on."""
    _locked(campaign, by=by)
    theirs = Coordinator.objects.filter(campaign=campaign, user=user)
    if not theirs.exists():
        return
    _check_an_admin_stays(campaign, user, by=by)
    theirs.delete()
    Coordinator.objects.filter(campaign=campaign, cover=user).update(cover=None)
    Claim.objects.filter(event__campaign=campaign, user=user).delete()
    record("coordinator removed", by=by, on=user, campaign=campaign.pk)


@transaction.atomic
def go_on_holiday(campaign: Campaign, user: User, holiday: Holiday, *, by: User) -> None:
    """Between two days, both included, `cover` has the rights of *user* and gets their mails."""
    if by != user:
        _locked(campaign, by=by)
    if holiday.last < timezone.now().date():
        raise Refused(_("This holiday is over already."))
    cover = holiday.cover
    if cover == user:
        raise Refused(_("Somebody else has to stand in."))
    if cover and not Coordinator.objects.filter(campaign=campaign, user=cover, user__is_active=True).exists():
        raise Refused(_("Nobody with this address moderates this edition."))
    _keep_holiday(campaign, user, holiday.first, holiday.last, cover)
    days = {"from": holiday.first.isoformat(), "until": holiday.last.isoformat()}
    record("coordinator on holiday", by=by, on=user, campaign=campaign.pk, cover=cover.pk if cover else None, **days)


@transaction.atomic
def come_back(campaign: Campaign, user: User, *, by: User) -> None:
    """The holiday is over, or was called off."""
    if by != user:
        _locked(campaign, by=by)
    if _keep_holiday(campaign, user, None, None, None):
        record("coordinator back", by=by, on=user, campaign=campaign.pk)


def _keep_holiday(campaign: Campaign, user: User, first: date | None, last: date | None, cover: User | None) -> int:
    theirs = Coordinator.objects.filter(campaign=campaign, user=user)
    changed = theirs.exclude(away_from=first, away_until=last, cover=cover) if first else theirs.exclude(away_from=None)
    return changed.update(away_from=first, away_until=last, cover=cover)
