"""Who sends it: what is known of the account, and whether the organisation's name belongs to somebody else."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from events.folding import fold
from events.lookalike import look_of
from events.models import Event, Revision, SignOn
from moderation.warnings.caution import Caution, look, note

NEW_FOR = timedelta(days=2)
# More submissions of one account within a day are unusual.
MANY = 5


@dataclass(frozen=True)
class Account:
    """What is known of the account that sent a submission; without one it is erased."""

    since: datetime | None = None
    submissions: int = 0
    submissions_lately: int = 0


@dataclass(frozen=True)
class Names:
    """Organisations that signed the appeal, and those that other accounts have public protests of in this country."""

    signed: set[str] = field(default_factory=set)
    hosting: set[str] = field(default_factory=set)


def account_of(revision: Revision, now: datetime) -> Account:
    author = revision.author
    if author is None:
        return Account()
    lately = Count("pk", filter=Q(submitted_at__gt=now - timedelta(days=1)))
    # The invented ones of the example edition all come at once.
    real = Revision.objects.filter(author=author, event__is_example=False)
    counted = real.aggregate(all=Count("pk"), lately=lately)
    return Account(author.date_joined, counted["all"], counted["lately"])


def names_beside(revision: Revision) -> Names:
    """The names with which that of this submission is compared."""
    campaign = revision.event.campaign_id
    if not revision.organiser_name:
        return Names()
    signed = SignOn.objects.published().filter(campaign=campaign, name_look=look_of(revision.organiser_name))
    others = Event.objects.visible().filter(campaign=campaign, country=revision.country).exclude(organiser_name="")
    others = others.exclude(pk=revision.event_id)
    if revision.author_id:
        others = others.exclude(organisers__user=revision.author_id)
    return Names(
        set(signed.values_list("name", flat=True)), set(others.values_list("organiser_name", flat=True).distinct())
    )


def about_people(revision: Revision, account: Account, names: Names, now: datetime) -> Iterator[Caution]:
    if account.since and now - account.since < NEW_FOR and account.submissions <= 1:
        yield note(_("A new account: this is the first submission from it."))
    if account.submissions_lately > MANY:
        yield look(
            ngettext(
                "This account has sent %(count)d submission within a day.",
                "This account has sent %(count)d submissions within a day.",
                account.submissions_lately,
            )
            % {"count": account.submissions_lately}
        )
    yield from about_name(revision.organiser_name, names)


def about_name(name: str, names: Names) -> Iterator[Caution]:
    """Whether *name* looks like another one without being it, or is one that others use."""
    alike = sorted(other for other in names.signed | names.hosting if is_lookalike(name, other))
    if alike:
        yield look(_("The organisation's name looks like “%(name)s”, but is written otherwise.") % {"name": alike[0]})
    elif fold(name) in set(map(fold, names.hosting)):
        yield note(_("Other accounts have protests of an organisation with this name."))


def is_lookalike(name: str, other: str) -> bool:
    return look_of(name) == look_of(other) and fold(name) != fold(other)
