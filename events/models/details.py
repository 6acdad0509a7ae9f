"""What is said of a protest: the fields that an Event shows and a Revision proposes."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from events.models.campaign import Disclosure, validate_timezone
from events.models.gazetteer import City
from events.models.picture import Picture
from outbox.sealing import SealedTextField


class Kind(models.TextChoices):
    DEMONSTRATION = "demonstration", _("Demonstration")
    RALLY = "rally", _("Rally")
    VIGIL = "vigil", _("Vigil")
    BLOCKADE = "blockade", _("Blockade")
    OCCUPATION = "occupation", _("Occupation")
    STREET_THEATRE = "street_theatre", _("Street theatre")
    INFO_STALL = "info_stall", _("Information stall")
    ASSEMBLY = "assembly", _("Assembly")
    WORKSHOP = "workshop", _("Workshop or talk")
    FILM = "film", _("Film screening")
    CONCERT = "concert", _("Concert or party")
    CAMP = "camp", _("Action camp")
    ACTION = "action", _("Other action")
    ONLINE = "online", _("Online action")


class AccessFeature(models.TextChoices):
    STEP_FREE = "step_free", _("Step-free")
    TOILET = "toilet", _("Accessible toilet")
    SEATING = "seating", _("Places to sit")
    QUIET_PLACE = "quiet_place", _("A quiet place")
    SIGN_LANGUAGE = "sign_language", _("Sign language")
    CAPTIONS = "captions", _("Captions or subtitles")
    INTERPRETING = "interpreting", _("Interpreting between languages")
    CHILDCARE = "childcare", _("Care for children")


class PlaceKind(models.TextChoices):
    ADDRESS = "address", _("A place in a city")
    CITY = "city", _("A city, no exact place")
    ONLINE = "online", _("Online")
    COUNTRY = "country", _("The whole country")


class Audience(models.TextChoices):
    """Who asks where a protest is."""

    PUBLIC = "public"
    FOLLOWER = "follower"
    INSIDER = "insider"


@dataclass(frozen=True)
class Place:
    """Where a protest is, as far as the one who asks may know. Lat and lon in degrees (WGS 84)."""

    country: str
    city: City | None
    is_complete: bool
    venue: str = ""
    address: str = ""
    lat: Decimal | None = None
    lon: Decimal | None = None
    disclosed_from: datetime | None = None
    followers_only: bool = False

    @property
    def spot(self) -> list[str]:
        """Venue and address as far as they are known, once if they say the same."""
        return list(dict.fromkeys(filter(None, [self.venue, self.address])))

    @property
    def has_position(self) -> bool:
        return self.lat is not None and self.lon is not None


def _instant(column: str) -> models.GeneratedField:
    """A UTC instant that PostgreSQL derives from the local day, the hour in *column* and the zone."""
    return models.GeneratedField(
        expression=models.Func(template=f"(day + {column}) AT TIME ZONE timezone", output_field=models.DateTimeField()),
        output_field=models.DateTimeField(),
        db_persist=True,
    )


class EventDetails(models.Model):
    """Shared by Event and Revision. `starts_at` and `ends_at` (UTC) are worked out by PostgreSQL from day, hour and
    zone; they are null without an hour. It reads an hour that daylight saving skips as the one after, and one that
    comes twice as the second. They are fresh after an INSERT, and after an UPDATE once read again."""

    title = models.CharField(_("title"), max_length=120)
    description = models.TextField(_("description"), max_length=6000, blank=True)
    language = models.CharField(_("language of this text"), max_length=8, default="en")
    # {"de": {"title": ..., "description": ...}}
    translations = models.JSONField(default=dict, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, blank=True)
    organiser_name = models.CharField(_("who organises it"), max_length=200, blank=True)

    day = models.DateField(_("day"))
    start_time = models.TimeField(_("start"), null=True, blank=True)
    end_time = models.TimeField(_("end"), null=True, blank=True)
    timezone = models.CharField(_("time zone"), max_length=40, validators=[validate_timezone])
    starts_at = _instant("start_time")
    ends_at = _instant("end_time")

    place_kind = models.CharField(_("kind of place"), max_length=10, choices=PlaceKind.choices)
    country = models.CharField(_("country"), max_length=2)
    city = models.ForeignKey(City, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # These four are read through `place_for` alone.
    venue = models.CharField(_("place"), max_length=200, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    lat = models.DecimalField(_("latitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    lon = models.DecimalField(_("longitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    disclosure = models.CharField(
        _("who may know the exact place"), max_length=10, choices=Disclosure.choices, default=Disclosure.PUBLIC
    )
    disclose_at = models.DateTimeField(_("known from"), null=True, blank=True)

    spoken_languages = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    access_features = ArrayField(
        models.CharField(max_length=20, choices=AccessFeature.choices), default=list, blank=True
    )
    access_notes = models.TextField(_("access notes"), max_length=1000, blank=True)
    contact_link = models.URLField(_("public link"), max_length=300, blank=True)
    contact_email = SealedTextField(_("contact e-mail"), purpose="contact", blank=True)

    picture = models.ForeignKey(Picture, on_delete=models.SET_NULL, null=True, blank=True, related_name="%(class)ss")
    picture_alt = models.CharField(_("what the picture shows"), max_length=300, blank=True)

    DETAILS: ClassVar[tuple[str, ...]] = (
        "title",
        "description",
        "language",
        "translations",
        "kind",
        "organiser_name",
        "day",
        "start_time",
        "end_time",
        "timezone",
        "place_kind",
        "country",
        "city",
        "venue",
        "address",
        "lat",
        "lon",
        "disclosure",
        "disclose_at",
        "spoken_languages",
        "access_features",
        "access_notes",
        "contact_link",
        "contact_email",
        "picture",
        "picture_alt",
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_ends_after_start",
                condition=Q(end_time=None) | Q(start_time__isnull=False, end_time__gt=F("start_time")),
            ),
            models.CheckConstraint(
                name="%(class)s_place_fits_its_kind",
                condition=Q(place_kind__in=["address", "city"], city__isnull=False)
                | Q(place_kind__in=["online", "country"], city=None, address="", lat=None),
            ),
            models.CheckConstraint(
                name="%(class)s_position_is_whole_and_on_earth",
                condition=Q(lat=None, lon=None)
                | Q(lat__isnull=False, lon__isnull=False, lat__range=(-90, 90), lon__range=(-180, 180)),
            ),
            models.CheckConstraint(
                name="%(class)s_timed_disclosure_has_a_time",
                condition=~Q(disclosure="timed", disclose_at=None),
            ),
        ]

    def details(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.DETAILS}

    @property
    def access_labels(self) -> list[str]:
        """What is there for those who need it, in the order of the form."""
        return [str(feature.label) for feature in AccessFeature if feature in self.access_features]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def local_start(self) -> datetime | None:
        """The start as the clock on the spot shows it; None without an hour."""
        return datetime.combine(self.day, self.start_time, self.zone) if self.start_time else None

    @property
    def text_language(self) -> str:
        """The language in which this reader sees title and description: theirs, else English, else the original."""
        for wanted in (get_language() or "en", "en"):
            if wanted == self.language or wanted in self.translations:
                return wanted
        return self.language

    def _text(self, name: str) -> str:
        return str(self.translations.get(self.text_language, {}).get(name) or getattr(self, name))

    @property
    def display_title(self) -> str:
        return self._text("title")

    @property
    def display_description(self) -> str:
        return self._text("description")

    def knows_place(self, audience: Audience, now: datetime) -> bool:
        """Whether *audience* may know the exact place at the instant *now*."""
        if audience == Audience.INSIDER or self.disclosure == Disclosure.PUBLIC:
            return True
        if self.disclosure == Disclosure.FOLLOWERS and audience != Audience.FOLLOWER:
            return False
        return self.disclose_at is None or self.disclose_at <= now

    def place_for(self, audience: Audience, now: datetime) -> Place:
        """Where it is, as far as *audience* may know at *now*: the only reader of venue, address and coordinates."""
        if not self.knows_place(audience, now):
            return Place(
                country=self.country,
                city=self.city,
                is_complete=False,
                disclosed_from=self.disclose_at,
                followers_only=self.disclosure == Disclosure.FOLLOWERS,
            )
        return Place(
            country=self.country,
            city=self.city,
            is_complete=True,
            venue=self.venue,
            address=self.address,
            lat=self.lat,
            lon=self.lon,
        )
