"""Every kind of page that the public sees, of one small edition with everything that a page can show.

The validator, axe, the weights and the walk over all links read these lists: a new page needs one line here.
"""

import datetime as dt

from events import country_rules
from events.actions import record_change
from events.models import ArchiveRecord, Campaign, Event, EventChange, EventSupport
from events.models.campaign import Disclosure
from tests.factories import (
    LAST_DAY,
    AfterReportFactory,
    CampaignCountryFactory,
    CampaignFactory,
    CampaignTextFactory,
    CityFactory,
    CollectiveFactory,
    EventFactory,
    PictureFactory,
    RevisionFactory,
    RightsCardFactory,
    ShiftFactory,
)

LANGUAGES = ("en", "uk", "pl", "fi", "de", "fr", "nl")

# Kept by caches: no cookie, nothing of the visitor. {language} and {names of protests} are filled in.
PAGES = {
    "landing": "/{language}/",
    "countries": "/{language}/countries/",
    "country": "/{language}/countries/pl/",
    "country, one day": "/{language}/countries/pl/?day=2027-10-12",
    "country with many": "/{language}/countries/de/",
    "country with none": "/{language}/countries/fi/",
    "code to show a country elsewhere": "/{language}/countries/pl/embed/",
    "country shown elsewhere": "/embed/pl/?lang={language}",
    "rights card": "/{language}/countries/pl/card/",
    "rights card in another language": "/{language}/countries/pl/card/?text=ar",
    "rights card not written yet": "/{language}/countries/de/card/",
    "country outside": "/{language}/countries/jp/",
    "notice duties": "/{language}/countries/pl/rules/",
    "notice duties not known": "/{language}/countries/jp/rules/",
    "city": "/{language}/countries/pl/warszawa/",
    "city with none": "/{language}/countries/pl/krakow/",
    "protest": "/{language}/protests/{march}/",
    "protest moved": "/{language}/protests/{moved}/",
    "protest cancelled": "/{language}/protests/{cancelled}/",
    "protest with a place for followers": "/{language}/protests/{hidden_place}/",
    "protest being checked": "/{language}/protests/{reported}/",
    "protest of a whole country": "/{language}/protests/{everywhere}/",
    "protest in Arabic": "/{language}/protests/{arabic}/",
    "protest of 2002": "/{language}/protests/{archived}/",
    "collective": "/{language}/collectives/{collective}/",
    "search": "/{language}/protests/",
    "search found": "/{language}/protests/?q=march&country=pl",
    "search found nothing": "/{language}/protests/?q=volcano",
    "search near": "/{language}/protests/?near=warszawa",
    "search with filters": "/{language}/protests/?country=pl&day=2027-10-11&kind=vigil",
    "search with a typing error": "/{language}/protests/?q=donaudmapf",
    "archive": "/{language}/archive/",
    "edition": "/{language}/archive/2002/",
    "edition, one country": "/{language}/archive/2002/?country=pl",
    "call": "/{language}/call/",
    "appeal": "/{language}/appeal/",
    "dossier": "/{language}/dossier/",
    "numbers": "/{language}/numbers/",
    "links": "/{language}/links/",
    "about": "/{language}/about/",
    "privacy": "/{language}/privacy/",
    "lost": "/{language}/nowhere/",
}
# Made for one visitor, so they may set a cookie.
FORMS = {
    "register": "/{language}/register/",
    "remind me": "/{language}/reminders/",
    "remind me of a protest": "/{language}/reminders/?event={march_id}",
    "remind me of a city": "/{language}/reminders/?city=pl/warszawa",
    "asked for reminders": "/{language}/reminders/sent/",
    "left": "/{language}/reminders/left/",
    "sign the appeal": "/{language}/appeal/sign/",
    "signed": "/{language}/appeal/sign/sent/",
    "write to the campaign": "/{language}/contact/",
    "written to the campaign": "/{language}/contact/sent/",
    "write to the organisers": "/{language}/protests/{march}/contact/",
    "written to the organisers": "/{language}/protests/{march}/contact/sent/",
    "help out": "/{language}/protests/{march}/help/",
    "offered help": "/{language}/protests/{march}/help/sent/",
    "gave a shift back": "/{language}/help/left/",
    "log in": "/accounts/login/",
}
# Answered with another status than 200.
STATUS = {"lost": 404}


def filled(pages: dict[str, str], names: dict[str, str], language: str = "en") -> dict[str, str]:
    """The addresses of *pages* in one language."""
    return {name: path.format(language=language, **names) for name, path in pages.items()}


def make_edition() -> dict[str, str]:
    """An edition with something of every kind, one before it; gives the names that stand in addresses."""
    campaign = _campaign()
    country_rules.load()
    events = _protests() | {"archived": _earlier_edition()}
    _many(campaign)
    for language, checked_on in {"en": "2027-08-01", "pl": "2026-01-01", "ar": "2027-08-01"}.items():
        RightsCardFactory(language=language, checked_on=checked_on)
    ShiftFactory(event=events["march"], note="Bring water and a vest.")
    ShiftFactory(event=events["march"], job="other", label="Lautsprecherwagenfahrerin", needed=1)
    Event.objects.filter(pk=events["march"].pk).update(helpers_wanted=3)
    CityFactory(geoname_id=1, name="Kraków", slug="krakow", lat="50.0614", lon="19.9366")
    names = {name: f"{event.public_id}-{event.slug}" for name, event in events.items()}
    names["collective"] = _collective(events["march"], events["cancelled"])
    return names | {"march_id": str(events["march"].public_id)}


def _collective(*hosted: Event) -> str:
    """One that hosts these, with a friend that supports the first of them."""
    host = CollectiveFactory(name="Küfa ohne Grenzen", language="de", about="Wir *kochen*.\n\n* mittags\n* abends")
    Event.objects.filter(pk__in=[event.pk for event in hosted]).update(host=host)
    friend, now = CollectiveFactory(name="Хор без кордонів", language="uk", website=""), host.created_at
    EventSupport.objects.create(event=hosted[0], collective=friend, state="confirmed", created_at=now, confirmed_at=now)
    return f"{host.public_id}-{host.slug}"


def _campaign() -> Campaign:
    campaign = CampaignFactory()
    CampaignTextFactory(
        campaign=campaign,
        slogan="For freedom",
        call="**No border** lasts.\n\n## Why\n\n* one\n* two\n\n> three",
        appeal="End it.\n\n## How\n\nSay so in **public**.",
    )
    CampaignTextFactory(campaign=campaign, language="uk", name="Міжнародний день дій", slogan="За свободу пересування")
    CampaignTextFactory(
        campaign=campaign, language="de", name="Internationaler Aktionstag", slogan="Für Bewegungsfreiheit"
    )
    for country in ("PL", "UA", "DE", "CH", "GB", "FI"):
        CampaignCountryFactory(campaign=campaign, country=country)
    return campaign


def _protests() -> dict[str, Event]:
    """Those that differ from each other, in Warszawa and Kyiv."""
    march = EventFactory(
        title="Donaudampfschifffahrtsgesellschaft gegen Grenzregime", language="de", lat="52.24780", lon="21.01370",
        slug="donaudampf", access_notes="Step-free\nQuiet corner", spoken_languages=["pl", "uk"],
        contact_link="https://example.org/" + "a" * 60, description="Wir *gehen*.\n\n1. eins\n2. zwei",
        translations={"uk": {"title": "Проти кордонів", "description": "Ідемо."}},
    )  # fmt: skip
    moved = EventFactory(title="March from the station", slug="moved")
    record_change(
        moved, EventChange.Kind.MOVED, at=moved.created_at, before={"day": "2027-10-11", "start_time": "13:00"}
    )
    kyiv = CityFactory(
        geoname_id=703448, country="UA", name="Київ", slug="kyiv", lat="50.4547", lon="30.5238", timezone="Europe/Kyiv",
        display_names={"en": "Kyiv", "de": "Kyjiw"},
    )  # fmt: skip
    reported = EventFactory(title="Vigil by the river", slug="vigil", kind="vigil")
    RevisionFactory(event=reported, number=2, start_time=dt.time(15))
    return {
        "march": march,
        "moved": moved,
        "reported": reported,
        "cancelled": EventFactory(
            slug="cancelled", state=Event.State.CANCELLED, cancel_reason="Storm", start_time=dt.time(9)
        ),
        "hidden_place": EventFactory(
            title="Марш за свободу пересування", language="uk", slug="marsh", country="UA", city=kyiv,
            timezone="Europe/Kyiv", disclosure=Disclosure.FOLLOWERS, is_example=True, day=LAST_DAY,
        ),
        "everywhere": EventFactory(
            title="Flags on balconies", slug="flags", place_kind="country", city=None, venue="", address="",
            start_time=None, end_time=None,
        ),
        "arabic": EventFactory(
            title="مسيرة من أجل حرية التنقل", language="ar", slug="march-ar", description="من المحطة إلى الساحة."
        ),
    }  # fmt: skip


def _many(campaign: Campaign) -> None:
    """More than a page holds, on all days, with and without an hour."""
    city = CityFactory(
        geoname_id=2950159, country="DE", name="Berlin", slug="berlin", lat="52.5244", lon="13.4105",
        timezone="Europe/Berlin",
    )  # fmt: skip
    now = campaign.events.earliest("created_at").created_at
    Event.objects.bulk_create(
        Event(
            campaign=campaign, country="DE", city=city, place_kind="address", venue=f"Platz {n}", slug="demo",
            title=f"Demonstration {n}: Bewegungsfreiheit statt Abschiebeabkommen", language="de", kind="demonstration",
            organiser_name="Bündnis", state="published", published_at=now, place_disclosed_at=now, created_at=now,
            timezone="Europe/Berlin", day=LAST_DAY - dt.timedelta(days=n % 3),
            start_time=dt.time(8 + n % 12, n % 4 * 15) if n % 7 else None, search_text=f"demonstration {n} berlin",
        )
        for n in range(60)
    )  # fmt: skip


def _earlier_edition() -> Event:
    campaign = CampaignFactory(
        slug="2002", state="archived", starts_on="2002-10-11", ends_on="2002-10-13", actions_from="2002-10-10",
        actions_to="2002-10-19",
    )  # fmt: skip
    CampaignTextFactory(campaign=campaign, name="Against the global migration regime", call="For freedom of movement.")
    event = EventFactory(
        campaign=campaign, title="Rally at the office", slug="rally", day=dt.date(2002, 10, 11), start_time=None,
        end_time=None,
    )  # fmt: skip
    ArchiveRecord.objects.create(
        event=event, source_key="rally", basis="report", note="By train.", turnout=300,
        source_url="https://example.org/report", other_sources=["https://example.org/" + "b" * 90],
    )  # fmt: skip
    AfterReportFactory(
        event=event, state="published", text="We *walked*.\n\n## Then\n\n* one", language="de",
        links=["https://example.org/" + "c" * 90], pictures=[PictureFactory()],
    )  # fmt: skip
    return event
