"""Feeds, outside the languages: `?lang=` picks one."""

from django.urls import path

from events.views import feeds

app_name = "feeds"
urlpatterns = [
    path("all.ics", feeds.everything, {"form": "ics"}, name="all"),
    path("all.atom", feeds.everything, {"form": "atom"}, name="all_atom"),
    path("all.json", feeds.everything, {"form": "json"}, name="all_json"),
    path("<country:country>.ics", feeds.country, {"form": "ics"}, name="country"),
    path("<country:country>.atom", feeds.country, {"form": "atom"}, name="country_atom"),
    path("<country:country>.json", feeds.country, {"form": "json"}, name="country_json"),
    path("<country:country>/<slug:slug>.ics", feeds.city, {"form": "ics"}, name="city"),
    path("<country:country>/<slug:slug>.atom", feeds.city, {"form": "atom"}, name="city_atom"),
    path("<country:country>/<slug:slug>.json", feeds.city, {"form": "json"}, name="city_json"),
]
