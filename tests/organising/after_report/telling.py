"""How it was: who is asked, the page behind the link and in the room, pictures, and two who write at once."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from events.models import Event, Organiser
from organising.tokens import report_url
from outbox.models import Delivery
from tests.factories import EventFactory, OrganiserFactory
from tests.pictures import photo

WARSAW = ZoneInfo("Europe/Warsaw")
LONG_BEFORE = datetime(2027, 1, 15, 12, tzinfo=UTC)
TOLD = {
    "turnout_low": 300,
    "turnout_high": 400,
    "how_counted": "counted",
    "text": "We walked.",
    "language": "en",
    "links": ["https://press.example/a"],
}
TYPED = {**TOLD, "links": "https://press.example/a"}


def at(text: str, zone: ZoneInfo = WARSAW) -> datetime:
    """“10-12 09:00” of 2027 on the clocks of *zone*."""
    return datetime.strptime(f"2027-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=zone)


NEXT_MORNING = at("10-12 10:00")


def owned(**values: Any) -> tuple[Event, Organiser]:
    """A protest on 11 October from 14:00 to 16:00 in Warsaw, published long ago, and its owner."""
    event = EventFactory(**{"created_at": LONG_BEFORE, **values})
    return event, OrganiserFactory(event=event)


def path_of(organiser: Organiser) -> str:
    url = report_url(organiser.pk)
    return url[url.index("/organise/") :]


def press(path: str, client: Client | None = None, **typed: Any) -> Any:
    """Press a button of the page as it looks now, with some answers *typed*."""
    client = client or Client()
    form = client.get(path).context["form"]
    values = {field.html_name: field.value() for field in form if field.value() not in {None, ""}}
    return client.post(path, {**values, "do": "save", **typed})


def upload(content: bytes = b"", name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or photo(), content_type="text/html")


def asked() -> list[tuple[int, str]]:
    rows = Delivery.objects.filter(letter="after_report").order_by("not_before", "pk")
    return [(row.ids["step"], f"{row.not_before.astimezone(WARSAW):%m-%d %H:%M}") for row in rows]
