"""The addresses of all public pages for search engines (sitemaps.org), each in all languages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import F, Max
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape

from events import entries
from events.models import Campaign, City, Collective, CountryRule, Event, PlaceTally, RightsCard
from events.names import country_codes

# The format allows 50,000 addresses a file; seven languages with eight links each make this many protests 4 MB.
PROTESTS_A_FILE = 500
PAGES = (
    "landing",
    "countries",
    "protests",
    "archive",
    "call",
    "appeal",
    "dossier",
    "numbers",
    "links",
    "about",
    "privacy",
)
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
XHTML = 'xmlns:xhtml="http://www.w3.org/1999/xhtml"'


@dataclass(frozen=True)
class Page:
    """A page by its address below the language."""

    path: str
    changed_at: datetime | None = None

    def url(self, language: str) -> str:
        return escape(f"{settings.SITE_URL}/{language}/{self.path}")


@dataclass(frozen=True)
class Part:
    """A file of the sitemap."""

    path: str
    changed_at: datetime | None = None


def _below_language(path: str) -> str:
    return path.split("/", 2)[2]


def _page(name: str, *args: object) -> Page:
    return Page(_below_language(reverse(f"events:{name}", args=args)))


def pages() -> list[Page]:
    """All pages but those of protests: a city is there once something happens in it, a country once it takes part, its
    rights card once there is one."""
    campaign = Campaign.objects.current()
    tallies = PlaceTally.objects.in_campaign(campaign)
    taking_part = campaign.countries.values_list("country", flat=True) if campaign else []
    countries = sorted({*taking_part, *tallies.by_country()} & set(country_codes()))
    cards = RightsCard.objects.with_words().order_by("country").values_list("country", flat=True).distinct()
    cities = City.objects.filter(pk__in=tallies.by_city()).order_by("country", "slug")
    editions = Campaign.objects.archived().values_list("slug", flat=True)
    collectives = Collective.objects.public().order_by("pk")
    with translation.override("en"):
        return [
            *map(_page, PAGES),
            *(_page("archive_edition", slug) for slug in editions),
            *(_page("country", code) for code in countries),
            *(_page("rights_card", code) for code in cards),
            *(_page("country_rules", code) for code in sorted(CountryRule.objects.by_country(countries))),
            *(Page(_below_language(city.get_absolute_url())) for city in cities),
            *(Page(_below_language(one.get_absolute_url()), one.changed_at) for one in collectives),
        ]


def parts() -> list[Part]:
    """The files: one of pages, and one for each span of keys that holds public protests."""
    spans = (
        Event.objects.visible()
        .order_by()
        .values_list(F("pk") / PROTESTS_A_FILE)
        .annotate(Max("changed_at"))
        .order_by(F("pk") / PROTESTS_A_FILE)
    )
    protests = [Part(reverse("sitemap_protests", args=[number]), changed_at) for number, changed_at in spans]
    return [Part(reverse("sitemap_pages")), *protests]


def protests(number: int) -> list[Page]:
    """The public protests of one file."""
    first = number * PROTESTS_A_FILE
    found = Event.objects.visible().filter(pk__gte=first, pk__lt=first + PROTESTS_A_FILE).order_by("pk")
    with translation.override("en"):
        return [Page(_below_language(event.get_absolute_url()), entries.changed_at(event)) for event in found]


def _changed(changed_at: datetime | None) -> str:
    return f"<lastmod>{changed_at.isoformat(timespec='seconds')}</lastmod>" if changed_at else ""


def _urls(page: Page) -> Iterator[str]:
    links = {language: page.url(language) for language in settings.COMPLETE_LANGUAGES} | {"x-default": page.url("en")}
    alternates = "".join(
        f'<xhtml:link rel="alternate" hreflang="{language}" href="{url}"/>' for language, url in links.items()
    )
    for language in settings.COMPLETE_LANGUAGES:
        yield f"<url><loc>{links[language]}</loc>{_changed(page.changed_at)}{alternates}</url>\n"


def as_sitemap(shown: Iterable[Page]) -> str:
    urls = "".join(url for page in shown for url in _urls(page))
    return f"{DECLARATION}<urlset {NAMESPACE} {XHTML}>\n{urls}</urlset>\n"


def as_index(shown: Iterable[Part]) -> str:
    files = "".join(
        f"<sitemap><loc>{settings.SITE_URL}{part.path}</loc>{_changed(part.changed_at)}</sitemap>\n" for part in shown
    )
    return f"{DECLARATION}<sitemapindex {NAMESPACE}>\n{files}</sitemapindex>\n"
