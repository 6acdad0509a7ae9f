from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from accounts.views import admin_log_in
from accounts.views.demo import demo_codes
from events.views import sitemap
from events.views.campaign import robots
from events.views.pictures import picture
from moderation.views.examples import example, example_html, examples
from noborder import views

handler500 = "noborder.views.server_error"

urlpatterns = [
    path("", views.front_door, name="front_door"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
    path("robots.txt", robots, name="robots"),
    path("sitemap.xml", sitemap.index, name="sitemap"),
    path("sitemap-pages.xml", sitemap.pages, name="sitemap_pages"),
    path("sitemap-protests-<int:number>.xml", sitemap.protests, name="sitemap_protests"),
    path("mailbox/codes/", demo_codes, name="demo_codes"),
    path("mailbox/letters/", examples, name="example_letters"),
    path("mailbox/letters/<str:key>/", example, name="example_letter"),
    path("mailbox/letters/<str:key>/html/", example_html, name="example_letter_html"),
    path("mailbox/", include("outbox.urls")),
    path("pictures/<uuid:key>/<int:width>.webp", picture, name="picture"),
    path("feeds/", include("events.feed_urls")),
    path("embed/", include("events.embed_urls")),
    path("accounts/", include("accounts.urls")),
    path("organise/", include("organising.urls")),
    path("moderation/", include("moderation.urls")),
    path("admin/login/", admin_log_in),
    path("admin/", admin.site.urls),
    *i18n_patterns(
        path("reminders/", include("reminders.urls")),
        path("", include("organising.help_urls")),
        path("", include("events.urls")),
    ),
]
