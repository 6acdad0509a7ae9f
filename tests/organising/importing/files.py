"""Files with many protests: each row is looked through by the form of the registration, and all are taken or none."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from events.models import Campaign
from organising.importing import Row, look_through

EXAMPLE = Path(settings.BASE_DIR / "static/examples/protests.csv").read_bytes()
HEAD = "title,description,language,kind,day,start,country,where,city,place,uid"


def table(*rows: str, head: str = HEAD) -> bytes:
    return "\n".join([head, *rows]).encode()


def row(title: str = "A march in Warszawa", uid: str = "", **changes: str) -> str:
    cells = {
        "description": "We walk.",
        "language": "en",
        "kind": "demonstration",
        "day": "2027-10-11",
        "start": "14:00",
        "country": "PL",
        "where": "address",
        "city": "Warszawa",
        "place": "Plac Zamkowy",
        **changes,
    }
    return ",".join([title, *cells.values(), uid])


def calendar(
    *lines: str, uid: str = "1@example.org", start: str = "DTSTART;TZID=Europe/Warsaw:20271011T140000"
) -> bytes:
    entry = ["BEGIN:VEVENT", f"UID:{uid}", start, "SUMMARY:A march in Warszawa", *lines, "END:VEVENT"]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *entry, "END:VCALENDAR", ""]).encode()


def upload(client: Client, content: bytes, **fields: str) -> Any:
    return client.post("/organise/import/", {"file": SimpleUploadedFile("x.csv", content), **fields}, follow=True)


def looked_at(content: bytes, owner: User, country: str = "") -> list[Row]:
    return look_through(content, Campaign.objects.prefetch_related("countries").get(), country=country, by=owner)
