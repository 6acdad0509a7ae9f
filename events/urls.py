"""All that the public sees, below `/<language>/`; the feeds stand outside (events/feed_urls.py)."""

from django.urls import path

from events.views import archive, browse, campaign, embed, feeds, prints, protest, register, search

app_name = "events"
urlpatterns = [
    path("", campaign.landing, name="landing"),
    path("card.png", prints.campaign_card, name="campaign_card"),
    path("countries/", browse.countries, name="countries"),
    path("countries/<country:country>/", browse.country, name="country"),
    path("countries/<country:country>/poster.pdf", prints.country_poster, name="country_poster"),
    path("countries/<country:country>/card.png", prints.country_card, name="country_card"),
    path("countries/<country:country>/embed/", embed.code, name="embed_code"),
    path("countries/<country:country>/<slug:slug>/", browse.city, name="city"),
    path("protests/", search.protests, name="protests"),
    path("protests/<public_id:public_id>-<slug:slug>/", protest.protest, name="protest"),
    path("protests/<public_id:public_id>-<slug:slug>.ics", feeds.protest, name="protest_ics"),
    path("protests/<public_id:public_id>-<slug:slug>/poster.pdf", prints.poster, name="poster"),
    path("protests/<public_id:public_id>-<slug:slug>/leaflet.pdf", prints.leaflet, name="leaflet"),
    path("protests/<public_id:public_id>-<slug:slug>/card.png", prints.card, name="card"),
    path("protests/<public_id:public_id>/", protest.short, name="protest_short"),
    path("register/", register.register, name="register"),
    path("register/<uuid:key>/code/", register.register_code, name="register_code"),
    path("register/<uuid:key>/", register.register_done, name="register_done"),
    path("archive/", archive.index, name="archive"),
    path("archive/<slug:slug>/", archive.edition, name="archive_edition"),
    path("call/", campaign.call, name="call"),
    path("about/", campaign.about, name="about"),
    path("privacy/", campaign.privacy, name="privacy"),
]
