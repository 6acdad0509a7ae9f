"""Timetables for other sites' pages, outside the languages: `?lang=` picks one."""

from django.urls import path

from events.views import embed

app_name = "embed"
urlpatterns = [
    path("all/", embed.everything, name="all"),
    path("<country:country>/", embed.country, name="country"),
    path("<country:country>/<slug:slug>/", embed.city, name="city"),
]
