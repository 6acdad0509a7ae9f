"""What a moderator should look at twice before deciding on a submission. A rule says one thing and never decides."""

from datetime import datetime

from events.models import Revision
from events.models.campaign import CampaignCountry
from moderation.warnings.caution import Caution, Weight
from moderation.warnings.moves import about_moves
from moderation.warnings.people import about_people, account_of, names_beside
from moderation.warnings.place import about_place
from moderation.warnings.texts import about_texts
from moderation.warnings.time import about_time

_ORDER = list(Weight)


def warnings_for(revision: Revision, now: datetime) -> list[Caution]:
    """Sentences for the top of the page, the heaviest first; none for an everyday submission."""
    taking_part = CampaignCountry.objects.filter(campaign=revision.event.campaign, country=revision.country).first()
    found = [
        *about_moves(revision, now),
        *about_time(revision, now),
        *about_place(revision, taking_part, now),
        *about_texts(revision),
        *about_people(revision, account_of(revision, now), names_beside(revision), now),
    ]
    return sorted(found, key=lambda caution: _ORDER.index(caution.weight))
