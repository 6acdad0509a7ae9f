"""Calendar feeds, outside the languages: `?lang=` picks one."""

from django.urls import path

from events.views import feeds

app_name = "feeds"
urlpatterns = [
    path("all.ics", feeds.everything, name="all"),
    path("<country:country>.ics", feeds.country, name="country"),
    path("<country:country>/<slug:slug>.ics", feeds.city, name="city"),
]
