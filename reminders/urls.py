"""Ask to be reminded, confirm, choose, stop; below `/<language>/reminders/`."""

from django.urls import path

from reminders import views

app_name = "reminders"
urlpatterns = [
    path("", views.subscribe, name="subscribe"),
    path("sent/", views.subscribed, name="subscribed"),
    path("left/", views.left, name="left"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("leave/<str:token>/", views.leave, name="leave"),
    path("one-click/<str:token>/", views.one_click, name="one_click"),
    path("coming/<str:token>/", views.coming, name="coming"),
    path("<str:token>/", views.manage, name="manage"),
    path("<str:token>/data.json", views.data, name="data"),
]
