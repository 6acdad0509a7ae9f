"""Calendar feeds, outside the languages: `?lang=` picks one."""

from django.urls import path, register_converter

from events.converters import CountryCode
from events.views import feeds

register_converter(CountryCode, "country_code")

app_name = "feeds"
urlpatterns = [
    path("all.ics", feeds.everything, name="all"),
    path("<country_code:country>.ics", feeds.country, name="country"),
    path("<country_code:country>/<slug:slug>.ics", feeds.city, name="city"),
]
