from django.urls import path

from organising import views

app_name = "organising"
urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("pictures/<uuid:key>/<int:width>.webp", views.picture, name="picture"),
    path("<public_id:public_id>/", views.protest, name="protest"),
    path("<public_id:public_id>/edit/", views.edit, name="edit"),
    path("<public_id:public_id>/withdraw/", views.withdraw, name="withdraw"),
    path("<public_id:public_id>/cancel/", views.cancel, name="cancel"),
]
