from django.urls import path

from moderation import views

app_name = "moderation"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("<int:pk>/", views.revision, name="revision"),
    path("<int:pk>/decide/", views.decide, name="decide"),
    path("protests/", views.protests, name="protests"),
    path("protests/<public_id:public_id>/", views.protest, name="protest"),
    path("protests/<public_id:public_id>/decide/", views.decide_on_protest, name="decide_on_protest"),
]
