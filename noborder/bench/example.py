"""Made-up protests and followers, as many as a measurement wants. Only for a database of the benchmark's own."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.db import connection
from django.utils import timezone

from events.folding import slug_of
from events.models import Campaign, CampaignCountry, CampaignText, City, Event, Kind
from outbox.models import Recipient
from outbox.sealing import address_hash, mailbox_hash
from reminders.models import Subscription

ZONES = {
    "UA": "Europe/Kyiv",
    "PL": "Europe/Warsaw",
    "FI": "Europe/Helsinki",
    "AT": "Europe/Vienna",
    "DE": "Europe/Berlin",
    "BE": "Europe/Brussels",
}
LANGUAGES = ["uk", "pl", "fi", "de", "fr", "en"]
CITIES_A_COUNTRY = 20
SUBJECTS = ["freedom of movement", "open borders", "the right to stay", "closing the camps", "safe routes"]
PARAGRAPH = (
    "We walk from the station to the square in front of the town hall, with music and without flags of parties. "
    "Bring water, something warm, and your friends; there will be **interpreters** and a "
    "[quiet corner](https://example.org). "
)
DAYS = 3
# All protests lie a few days ahead, so that the mail of the week before is due for whoever confirms now.
FIRST_DAY_AHEAD = timedelta(days=2)
LONG_AGO = timedelta(days=60)
# More than these are copies: making them takes longer than measuring.
MADE_ONE_BY_ONE = 2000


def start_anew(*, protests: int) -> list[Event]:
    """Empty what earlier measurements left, and make a campaign with this many protests."""
    _empty()
    now = timezone.now()
    campaign = _campaign(now.date() + FIRST_DAY_AHEAD)
    cities = _cities()
    Event.objects.bulk_create([_protest(n, campaign, cities, now) for n in range(min(protests, MADE_ONE_BY_ONE))])
    _multiply(protests)
    tidy()
    return list(Event.objects.order_by("pk"))


def _multiply(protests: int) -> None:
    """Copy the protests that are there until they are so many, each with an address and a number of its own."""
    fields = Event._meta.concrete_fields
    copied = [str(field.column) for field in fields if not (field.generated or field.primary_key)]
    columns = ", ".join(copied)
    # In the characters that addresses take.
    address = "translate(lpad(to_hex(id * 128 + n), 8, '0'), '0123456789abcdef', '23456789bcdfghjk')"
    own = {"public_id": address, "search_text": "search_text || ' copy ' || n"}
    values = ", ".join(own.get(column, column) for column in copied)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO events_event ({columns}) SELECT {values} FROM events_event,"  # noqa: S608 - of the model
            " generate_series(2, %s / %s) AS n",
            [protests, MADE_ONE_BY_ONE],
        )


def _empty() -> None:
    """The trail refuses TRUNCATE, which would reach it from here; there is none to what was never moderated."""
    tables = ["outbox_delivery", "reminders_subscription", "outbox_recipient", "events_event", "events_campaigntext"]
    tables += ["events_campaigncountry", "events_campaign", "events_city"]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - the names above


def tidy() -> None:
    """What PostgreSQL does by itself after a while: without it the first figures would be of an unknown table."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def _campaign(first_day: date) -> Campaign:
    last_day = first_day + timedelta(days=DAYS - 1)
    campaign = Campaign.objects.create(
        slug="bench",
        state=Campaign.State.OPEN,
        starts_on=first_day,
        ends_on=last_day,
        actions_from=first_day,
        actions_to=last_day,
    )
    CampaignText.objects.create(
        campaign=campaign, language="en", name="Day of Action", slogan="For all", call=f"{PARAGRAPH}\n\n" * 12
    )
    CampaignCountry.objects.bulk_create(
        CampaignCountry(campaign=campaign, country=country, timezone=zone, position=n)
        for n, (country, zone) in enumerate(ZONES.items())
    )
    return campaign


def _cities() -> list[City]:
    return City.objects.bulk_create(
        City(
            geoname_id=n + 1,
            country=country,
            name=f"Place {n + 1}",
            slug=f"place-{n + 1}",
            lat=48 + n % 15,
            lon=5 + n % 25,
            timezone=ZONES[country],
            population=1000 * (n + 1),
        )
        for n, country in enumerate([*ZONES] * CITIES_A_COUNTRY)
    )


def _protest(number: int, campaign: Campaign, cities: list[City], now: datetime) -> Event:
    city = cities[number % len(cities)]
    title = f"March for {SUBJECTS[number % len(SUBJECTS)]}, number {number}"
    event = Event(
        campaign=campaign,
        state=Event.State.PUBLISHED,
        title=title,
        slug=slug_of(title),
        description=f"This is protest {number}.\n\n" + f"{PARAGRAPH}\n\n" * 4,
        kind=Kind.DEMONSTRATION,
        organiser_name=f"Assembly {number}",
        day=campaign.starts_on + timedelta(days=number % DAYS),
        start_time=time(10 + number % 9, 30 * (number % 2)),
        timezone=city.timezone,
        place_kind="address",
        country=city.country,
        city=city,
        venue="Main square",
        address=f"Main square {number}",
        spoken_languages=["en", LANGUAGES[number % len(LANGUAGES)]],
        created_at=now - LONG_AGO,
        published_at=now - LONG_AGO,
        time_set_at=now - LONG_AGO,
        place_disclosed_at=now - LONG_AGO,
    )
    event.set_search_text()
    return event


def follow(events: list[Event], *, followers: int, of_places: bool = False) -> None:
    """Give the protests followers who have just confirmed. With *of_places*, half of them follow a city, a country or
    the campaign instead."""
    recipients = Recipient.objects.bulk_create(_recipients(followers), batch_size=1000)
    # Last seen empty after an earlier table: each of these rows would be looked for by reading all of theirs.
    tidy()
    Subscription.objects.bulk_create(
        (
            _subscription(recipient, events[n % len(events)], _scope(n) if of_places else Subscription.Scope.EVENT)
            for n, recipient in enumerate(recipients)
        ),
        batch_size=1000,
    )
    tidy()


def _recipients(number: int) -> Iterator[Recipient]:
    now = timezone.now()
    for n in range(number):
        address = f"follower{n}@bench.example"
        yield Recipient(
            address=address,
            address_hash=address_hash(address),
            mailbox_hash=mailbox_hash(address),
            language=LANGUAGES[n % len(LANGUAGES)],
            created_at=now,
        )


def _scope(number: int) -> Subscription.Scope:
    places = [Subscription.Scope.CITY, Subscription.Scope.COUNTRY, Subscription.Scope.CAMPAIGN]
    return places[number // 2 % len(places)] if number % 2 else Subscription.Scope.EVENT


def _subscription(recipient: Recipient, event: Event, scope: Subscription.Scope) -> Subscription:
    now = timezone.now()
    return Subscription(
        recipient=recipient,
        campaign=event.campaign,
        scope=scope,
        event=event if scope == Subscription.Scope.EVENT else None,
        city=event.city if scope == Subscription.Scope.CITY else None,
        country=event.country if scope == Subscription.Scope.COUNTRY else "",
        created_at=now,
        confirmed_at=now,
    )
