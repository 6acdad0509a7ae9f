from django.urls import path

from organising import views

app_name = "organising"
urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("<str:public_id>/", views.protest, name="protest"),
    path("<str:public_id>/edit/", views.edit, name="edit"),
    path("<str:public_id>/withdraw/", views.withdraw, name="withdraw"),
    path("<str:public_id>/cancel/", views.cancel, name="cancel"),
]
