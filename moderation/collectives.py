"""What moderators do with collectives: read their texts, hide them, trust them. Each verb leaves a line in the trail
and tells the collective's admins. Whoever coordinates a country, in any edition that is not archived, looks after its
collectives."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record
from accounts.models import User
from events.actions import Refused
from events.folding import slug_of
from events.lookalike import look_of
from events.models import Campaign, Collective, SiteStamp, Trust
from events.models.collective import CollectiveQuerySet
from moderation.collectives_emails import post_decided
from moderation.permissions import campaigns_of, countries_of, roles_of

State = Collective.State
PAGE = 50


def collectives_of(user: User) -> CollectiveQuerySet:
    """The collectives that *user* decides on."""
    if user.is_superuser:
        return Collective.objects.all()
    living = roles_of(user).exclude(campaign__state=Campaign.State.ARCHIVED)
    theirs = living.filter(Q(country="") | Q(country=OuterRef("country")))
    return Collective.objects.filter(Exists(theirs))


@dataclass(frozen=True)
class Line:
    """One text, as it is public and as it is proposed."""

    label: str
    public: str
    proposed: str

    @property
    def is_changed(self) -> bool:
        return self.public != self.proposed


@dataclass(frozen=True)
class Reading:
    """A collective with what waits, and others whose name the eye takes for its own."""

    collective: Collective
    look_alikes: list[Collective]
    trusted: list[Trust]
    # Editions in which the reader may trust it.
    editions: list[Campaign]

    @property
    def lines(self) -> list[Line]:
        labels = {
            "name": _("Name"),
            "about": _("About the collective"),
            "website": _("Website"),
            "language": _("Language"),
        }
        one = self.collective
        public = one.texts if one.published_at else dict.fromkeys(Collective.TEXTS, "")
        return [Line(label, public[name], one.newest_texts[name]) for name, label in labels.items()]


def readings(user: User, found: "list[Collective]") -> list[Reading]:
    """In four queries for any number of them."""
    looks = {one.pk: look_of(one.newest_texts["name"])[:250] for one in found}
    alike: dict[str, list[Collective]] = {}
    for other in Collective.objects.filter(name_look__in=looks.values()).order_by("pk"):
        alike.setdefault(other.name_look, []).append(other)
    given: dict[int | None, list[Trust]] = {}
    for trust in Trust.objects.filter(collective__in=looks).select_related("campaign").order_by("campaign"):
        given.setdefault(trust.collective_id, []).append(trust)
    open_ones = campaigns_of(user).exclude(state=Campaign.State.ARCHIVED)
    campaigns = [(campaign, countries_of(user, campaign)) for campaign in open_ones]
    return [
        Reading(
            one,
            [other for other in alike.get(looks[one.pk], []) if other.pk != one.pk],
            given.get(one.pk, []),
            [
                campaign
                for campaign, countries in campaigns
                if (countries is None or one.country in countries)
                and campaign.pk not in {trust.campaign_id for trust in given.get(one.pk, [])}
            ],
        )
        for one in found
    ]


def waiting(user: User) -> CollectiveQuerySet:
    return collectives_of(user).with_proposal().order_by("proposed_at", "pk")


def _locked(collective: Collective, *, by: User) -> Collective:
    found = collectives_of(by).select_for_update(of=("self",), no_key=True).filter(pk=collective.pk).first()
    if found is None:
        raise Refused(_("This collective is not yours to decide on any more."))
    if found.memberships.filter(user=by).exists():
        raise Refused(_("You belong to this collective: another moderator has to decide."))
    return found


def _proposed(collective: Collective, number: int, *, by: User) -> Collective:
    """With the version that was read; a newer one has to be read first."""
    collective = _locked(collective, by=by)
    if not collective.proposal or collective.proposal_number != number:
        raise Refused(_("These texts have changed or were decided on meanwhile. Read them again."))
    return collective


def _decided(collective: Collective, verb: str, *, by: User, reason: str = "") -> Collective:
    collective.reason = reason
    collective.changed_at = timezone.now()
    collective.save()
    entry = record(f"collective {verb}", by=by, on=collective, number=collective.proposal_number)
    if collective.published_at:
        SiteStamp.objects.bump()
    post_decided(collective, verb, entry=entry.pk)
    return collective


@transaction.atomic
def approve(collective: Collective, number: int, *, by: User) -> Collective:
    """Publish the texts with this number; never any that came after they were read. What is hidden stays hidden."""
    collective = _proposed(collective, number, by=by)
    for name in Collective.TEXTS:
        setattr(collective, name, collective.proposal[name])
    collective.slug = slug_of(collective.name)
    collective.set_name_look()
    collective.proposal, collective.proposed_at = {}, None
    if collective.published_at is None:
        collective.state, collective.published_at = State.PUBLIC, timezone.now()
    return _decided(collective, "approved", by=by)


@transaction.atomic
def refuse(collective: Collective, number: int, *, by: User, reason: str) -> Collective:
    """The texts are not published; what is public stays."""
    _check_reason(reason)
    collective = _proposed(collective, number, by=by)
    collective.proposal, collective.proposed_at = {}, None
    return _decided(collective, "refused", by=by, reason=reason.strip())


@transaction.atomic
def hide(collective: Collective, *, by: User, reason: str) -> Collective:
    """Take its page and its name off the public pages, and all trust with them."""
    _check_reason(reason)
    collective = _locked(collective, by=by)
    if collective.state != State.PUBLIC:
        raise Refused(_("This collective is not public any more."))
    collective.state = State.HIDDEN
    for trust in collective.trust.all():
        _take_trust_back(trust, by=by)
    return _decided(collective, "hidden", by=by, reason=reason.strip())


@transaction.atomic
def show(collective: Collective, *, by: User) -> Collective:
    collective = _locked(collective, by=by)
    if collective.state != State.HIDDEN:
        raise Refused(_("This collective is not hidden any more."))
    collective.state = State.PUBLIC
    return _decided(collective, "shown again", by=by)


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Say why: its admins get your words by mail."))


@transaction.atomic
def trust(collective: Collective, campaign: Campaign, *, by: User) -> None:
    """What its members send about protests that it hosts in its country goes public at once, in this edition."""
    collective = _locked(collective, by=by)
    countries = countries_of(by, campaign)
    if not (countries is None or collective.country in countries):
        raise Refused(_("You do not decide on this country in this edition."))
    if collective.state != State.PUBLIC:
        raise Refused(_("Only a collective that is public can be trusted."))
    _trust, is_new = Trust.objects.get_or_create(
        collective=collective,
        campaign=campaign,
        country=collective.country,
        defaults={"since": timezone.now(), "actor_id": by.actor_id},
    )
    if is_new:
        record("trusted", by=by, on=collective, campaign=campaign.pk, country=collective.country)


@transaction.atomic
def take_trust_back(collective: Collective, campaign: Campaign, *, by: User) -> None:
    collective = _locked(collective, by=by)
    for given in collective.trust.filter(campaign=campaign):
        _take_trust_back(given, by=by)


def _take_trust_back(given: Trust, *, by: User) -> None:
    deleted, _by_model = Trust.objects.filter(pk=given.pk).delete()
    if deleted:
        record("trust taken back", by=by, on=given.collective, campaign=given.campaign_id, country=given.country)
