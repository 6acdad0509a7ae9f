"""What is known about the IOM, and where it comes from."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from events import dossier
from events.models import Campaign
from events.views.pages import cacheable


@cacheable()
def page(request: HttpRequest) -> HttpResponse:
    chapters = dossier.chapters()
    claims = [claim for chapter in chapters for claim in chapter.claims]
    context = {
        "chapters": chapters,
        "total": len(claims),
        "first_year": min(claim.year for claim in claims),
        "last_year": max(claim.year for claim in claims),
    }
    return render(request, "events/dossier.html", context)


@cacheable()
def links(request: HttpRequest) -> HttpResponse:
    """Addresses that the dossier and the editions name; no others."""
    editions = Campaign.objects.public().exclude(source_url="").prefetch_related("texts")
    found = [source for source in dossier.sources() if source.url]
    return render(request, "events/links.html", {"editions": editions, "sources": found})
