"""Writing to those who follow a protest: who may, what it costs, what is stopped, and what the mail says."""

import uuid
from typing import Any

from accounts.models import User
from events.models import Event, Trust
from organising.actions import announcing
from organising.actions.announcing import Texts
from organising.models import Announcement
from outbox.models import Delivery
from tests.factories import WEEKS_BEFORE, AnnouncementFactory

State = Announcement.State
TEXTS = Texts("en", "Bring water", "It will be **hot**.")


def trust(user: User, event: Event) -> None:
    Trust.objects.create(
        user=user, campaign=event.campaign, country=event.country, since=WEEKS_BEFORE, actor_id=uuid.uuid4()
    )


def path(event: Event, announcement: Announcement | None = None, rest: str = "") -> str:
    pk = f"{announcement.pk}/" if announcement else ""
    return f"/organise/{event.public_id}/announcements/{pk}{rest}"


def written(**values: str) -> dict[str, str]:
    return {"key": str(uuid.uuid4()), "language": "en", "subject": "Bring water", "text": "It is hot.", **values}


def sent(event: Event, by: User, **values: Any) -> Announcement:
    announcement = AnnouncementFactory(event=event, **values)
    return announcing.send(announcement, version=announcement.version, by=by)


def mails(announcement: Announcement) -> Any:
    return Delivery.objects.filter(batch=announcement.batch)
