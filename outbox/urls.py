from django.urls import path

from outbox import views

app_name = "outbox"
urlpatterns = [
    path("", views.landed, name="landed"),
    path("<str:key>/", views.mail, name="mail"),
    path("<str:key>/html/", views.mail_html, name="mail_html"),
]
