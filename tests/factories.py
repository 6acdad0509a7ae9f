"""Plain factories: each makes one valid row and nothing beside it that it does not need."""

import datetime as dt
import itertools
import uuid
from typing import Any

import factory
from django.utils import timezone

from accounts.models import User
from events.folding import fold
from events.lookalike import look_of
from events.models import (
    AfterReport,
    Campaign,
    CampaignCountry,
    CampaignText,
    City,
    CityName,
    Collective,
    Coordinator,
    Event,
    Membership,
    Organiser,
    Picture,
    PictureFile,
    ReportPicture,
    Revision,
    RightsCard,
    SignOn,
    Thread,
)
from organising.models import Announcement, Draft, Shift, ShiftSignUp
from outbox.actions import recipient_for
from outbox.models import Delivery, Priority, Recipient
from reminders.models import Subscription

# The days of the edition that tests play in, and an instant some weeks before it.
FIRST_DAY = dt.date(2027, 10, 11)
LAST_DAY = dt.date(2027, 10, 13)
WEEKS_BEFORE = dt.datetime(2027, 9, 1, 12, 0, tzinfo=dt.UTC)

_addresses = (f"person{n}@example.org" for n in itertools.count(1))


class CampaignFactory(factory.django.DjangoModelFactory[Campaign]):
    class Meta:
        model = Campaign
        django_get_or_create = ("slug",)

    slug = "2027"
    state = Campaign.State.OPEN
    starts_on = FIRST_DAY
    ends_on = LAST_DAY
    actions_from = FIRST_DAY
    actions_to = LAST_DAY
    timezone = "Europe/Brussels"


class CampaignTextFactory(factory.django.DjangoModelFactory[CampaignText]):
    class Meta:
        model = CampaignText

    campaign = factory.SubFactory(CampaignFactory)
    language = "en"
    name = "International Day of Action"
    slogan = "For freedom of movement"


class CampaignCountryFactory(factory.django.DjangoModelFactory[CampaignCountry]):
    class Meta:
        model = CampaignCountry
        django_get_or_create = ("campaign", "country")

    campaign = factory.SubFactory(CampaignFactory)
    country = "PL"
    timezone = "Europe/Warsaw"


class CityFactory(factory.django.DjangoModelFactory[City]):
    """A city found by its name; pass `spellings` for the other ways to write it."""

    class Meta:
        model = City
        django_get_or_create = ("geoname_id",)
        skip_postgeneration_save = True

    geoname_id = 756135
    country = "PL"
    name = "Warszawa"
    slug = "warszawa"
    lat = "52.2298"
    lon = "21.0118"
    timezone = "Europe/Warsaw"
    population = 1_700_000

    @factory.post_generation
    def spellings(self, create: bool, extracted: Any, **_kwargs: Any) -> None:
        for name in {self.name, *(extracted or ())}:
            CityName.objects.get_or_create(city=self, folded=fold(name))


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User

    email = factory.LazyFunction(lambda: next(_addresses))
    language = "en"

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        if kwargs.pop("is_superuser", False):
            return model_class.objects.create_superuser(kwargs.pop("email"), **kwargs)
        return model_class.objects.create_user(*args, **kwargs)


class RecipientFactory(factory.django.DjangoModelFactory[Recipient]):
    class Meta:
        model = Recipient

    address = factory.LazyFunction(lambda: next(_addresses))
    language = "en"

    @classmethod
    def _create(cls, _model_class: type[Recipient], *_args: Any, **kwargs: Any) -> Recipient:
        recipient = recipient_for(kwargs.pop("address"), language=kwargs.pop("language"))
        if kwargs:
            Recipient.objects.filter(pk=recipient.pk).update(**kwargs)
            recipient.refresh_from_db()
        return recipient


class _Details(factory.Factory[Any]):
    class Meta:
        abstract = True

    title = "March for freedom of movement"
    description = "We walk from the station to the square."
    language = "en"
    kind = "demonstration"
    organiser_name = "Open Borders Assembly"
    day = FIRST_DAY
    start_time = dt.time(14, 0)
    end_time = dt.time(16, 0)
    timezone = "Europe/Warsaw"
    place_kind = "address"
    country = "PL"
    city = factory.SubFactory(CityFactory)
    venue = "Plac Zamkowy"
    address = "Plac Zamkowy 1"
    contact_email = "hello@example.org"


class EventFactory(factory.django.DjangoModelFactory[Event], _Details):
    """A published protest, without its revision."""

    class Meta:
        model = Event

    campaign = factory.SubFactory(CampaignFactory)
    state = Event.State.PUBLISHED
    slug = "march-for-freedom-of-movement"
    created_at = factory.LazyFunction(timezone.now)
    published_at = factory.LazyAttribute(
        lambda o: (
            None if o.state in {Event.State.SUBMITTED, Event.State.SCHEDULED, Event.State.WITHDRAWN} else o.created_at
        )
    )
    time_set_at = factory.SelfAttribute("published_at")
    place_disclosed_at = factory.LazyAttribute(
        lambda o: o.published_at if getattr(o, "disclosure", "public") == "public" else None
    )

    @classmethod
    def _create(cls, model_class: type[Event], *args: Any, **kwargs: Any) -> Event:
        """As it is read from the database, with what a search may find."""
        event = model_class(*args, **kwargs)
        event.set_search_text()
        event.save(force_insert=True)
        event.refresh_from_db()
        return event


class RevisionFactory(factory.django.DjangoModelFactory[Revision], _Details):
    class Meta:
        model = Revision

    event = factory.SubFactory(EventFactory, state=Event.State.SUBMITTED)
    number = 1
    author = factory.SubFactory(UserFactory)
    submitted_at = factory.LazyFunction(timezone.now)


class PictureFactory(factory.django.DjangoModelFactory[Picture]):
    """A picture that is ready, with its files."""

    class Meta:
        model = Picture
        skip_postgeneration_save = True

    state = Picture.State.READY
    width = 960
    height = 640
    created_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def files(self, create: bool, _extracted: Any, **_kwargs: Any) -> None:
        for width in self.widths if self.is_ready else []:
            PictureFile.objects.create(picture=self, width=width, content=b"RIFF\4\0\0\0WEBP")


class OrganiserFactory(factory.django.DjangoModelFactory[Organiser]):
    class Meta:
        model = Organiser

    event = factory.SubFactory(EventFactory)
    user = factory.SubFactory(UserFactory)


class CollectiveFactory(factory.django.DjangoModelFactory[Collective]):
    """A public collective that nobody belongs to."""

    class Meta:
        model = Collective

    name = factory.Sequence(lambda n: f"Open Kitchen {n}")
    slug = "open-kitchen"
    name_look = factory.LazyAttribute(lambda o: look_of(o.name))
    country = "PL"
    language = "en"
    about = "We cook for everybody."
    website = "https://kitchen.example/"
    state = Collective.State.PUBLIC
    created_at = factory.LazyFunction(timezone.now)
    published_at = factory.LazyAttribute(lambda o: None if o.state == Collective.State.PENDING else o.created_at)
    changed_at = factory.SelfAttribute("published_at")


class MembershipFactory(factory.django.DjangoModelFactory[Membership]):
    """An admin of a collective; pass `role="member"` for a member."""

    class Meta:
        model = Membership

    collective = factory.SubFactory(CollectiveFactory)
    user = factory.SubFactory(UserFactory)
    role = Membership.Role.ADMIN


class CoordinatorFactory(factory.django.DjangoModelFactory[Coordinator]):
    """A coordinator of Poland; `admin=True` makes a campaign admin."""

    class Meta:
        model = Coordinator

    user = factory.SubFactory(UserFactory)
    campaign = factory.SubFactory(CampaignFactory)
    country = "PL"

    class Params:
        admin = factory.Trait(role=Coordinator.Role.ADMIN, country="")


class SubscriptionFactory(factory.django.DjangoModelFactory[Subscription]):
    """A confirmed follower of one protest."""

    class Meta:
        model = Subscription

    recipient = factory.SubFactory(RecipientFactory)
    event = factory.SubFactory(EventFactory)
    campaign = factory.SelfAttribute("event.campaign")
    scope = Subscription.Scope.EVENT
    created_at = factory.LazyFunction(timezone.now)
    confirmed_at = factory.LazyFunction(timezone.now)


class ShiftFactory(factory.django.DjangoModelFactory[Shift]):
    """Two stewards for the whole protest."""

    class Meta:
        model = Shift

    event = factory.SubFactory(EventFactory)
    job = Shift.Job.STEWARD
    starts_after = dt.timedelta(0)
    ends_after = dt.timedelta(hours=2)
    needed = 2
    created_at = factory.LazyFunction(timezone.now)
    time_set_at = factory.SelfAttribute("created_at")


class ShiftSignUpFactory(factory.django.DjangoModelFactory[ShiftSignUp]):
    """Somebody who has a place; pass `state` for another one."""

    class Meta:
        model = ShiftSignUp

    shift = factory.SubFactory(ShiftFactory)
    recipient = factory.SubFactory(RecipientFactory)
    language = "en"
    key = factory.LazyFunction(uuid.uuid4)
    state = ShiftSignUp.State.IN
    line = factory.LazyAttribute(lambda o: o.shift.sign_ups.count() + 1 if o.state in {"in", "waiting"} else None)
    created_at = factory.LazyFunction(timezone.now)
    confirmed_at = factory.LazyAttribute(lambda o: None if o.state == "unconfirmed" else o.created_at)
    in_since = factory.LazyAttribute(lambda o: o.created_at if o.state == "in" else None)


class DeliveryFactory(factory.django.DjangoModelFactory[Delivery]):
    class Meta:
        model = Delivery

    recipient = factory.SubFactory(RecipientFactory)
    letter = "test"
    key = factory.Sequence(lambda n: f"test:{n}")
    priority = Priority.REMINDER
    created_at = factory.LazyFunction(timezone.now)
    not_before = factory.SelfAttribute("created_at")
    useful_until = factory.LazyAttribute(lambda o: o.not_before + dt.timedelta(days=1))


class RightsCardFactory(factory.django.DjangoModelFactory[RightsCard]):
    """A card with a text that says nothing, and a number that nobody has."""

    class Meta:
        model = RightsCard

    country = "PL"
    language = "en"
    number = 1
    text = "**A text** to try pages with.\n\n* one\n* two"
    legal_number = "000 000"
    legal_number_note = "Nobody answers"
    source = "https://example.org/card"
    checked_on = dt.date(2027, 8, 1)
    edited_at = factory.LazyFunction(timezone.now)
    editor_id = factory.LazyFunction(uuid.uuid4)


class SignOnFactory(factory.django.DjangoModelFactory[SignOn]):
    """A signature whose address waits to be proven."""

    class Meta:
        model = SignOn

    campaign = factory.SubFactory(CampaignFactory)
    name = factory.Sequence(lambda n: f"Open Borders Group {n}")
    name_key = factory.LazyAttribute(lambda o: fold(o.name))
    name_look = factory.LazyAttribute(lambda o: look_of(o.name))
    city = "Warszawa"
    country = "PL"
    recipient = factory.SubFactory(RecipientFactory)
    created_at = factory.LazyFunction(timezone.now)


class ThreadFactory(factory.django.DjangoModelFactory[Thread]):
    """Letters that wait for an answer."""

    class Meta:
        model = Thread

    campaign = factory.SubFactory(CampaignFactory)
    recipient = factory.SubFactory(RecipientFactory)
    language = "en"
    created_at = factory.LazyFunction(timezone.now)
    last_at = factory.SelfAttribute("created_at")
    waiting_since = factory.SelfAttribute("created_at")


class AnnouncementFactory(factory.django.DjangoModelFactory[Announcement]):
    """A letter to followers that nobody has sent."""

    class Meta:
        model = Announcement

    event = factory.SubFactory(EventFactory)
    actor_id = factory.LazyFunction(uuid.uuid4)
    language = "en"
    subject = "Bring water"
    text = "It will be **hot**. Bring water and a hat."
    created_at = factory.LazyFunction(timezone.now)


class AfterReportFactory(factory.django.DjangoModelFactory[AfterReport]):
    """A report that waits for a decision; `pictures` are shown in it, each as “Picture n”."""

    class Meta:
        model = AfterReport
        skip_postgeneration_save = True

    event = factory.SubFactory(EventFactory)
    state = AfterReport.State.PENDING
    number = 1
    edits = 1
    turnout_low = 300
    turnout_high = 400
    how_counted = "counted"
    text = "We walked and *sang*."
    language = "en"
    saved_at = factory.LazyFunction(timezone.now)
    submitted_at = factory.LazyAttribute(lambda o: o.saved_at if o.number else None)
    decided_at = factory.LazyAttribute(lambda o: o.saved_at if o.state in {"published", "taken_down"} else None)

    @factory.post_generation
    def pictures(self, create: bool, extracted: Any, **_kwargs: Any) -> None:
        for n, picture in enumerate(extracted or (), start=1):
            ReportPicture.objects.create(report=self, picture=picture, position=n, alt=f"Picture {n}")


class DraftFactory(factory.django.DjangoModelFactory[Draft]):
    class Meta:
        model = Draft

    user = factory.SubFactory(UserFactory)
    campaign = factory.SubFactory(CampaignFactory)
    answers = '{"title": ["A draft"]}'
    created_at = factory.LazyFunction(timezone.now)
    changed_at = factory.SelfAttribute("created_at")
