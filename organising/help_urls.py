"""Helping at a protest, without an account; below `/<language>/`."""

from django.urls import path

from organising.views import help_out

app_name = "helping"
urlpatterns = [
    path("protests/<public_id:public_id>-<slug:slug>/help/", help_out.help_out, name="help"),
    path("protests/<public_id:public_id>-<slug:slug>/help/sent/", help_out.sent, name="sent"),
    path("help/left/", help_out.left, name="left"),
    path("help/take/<str:token>/", help_out.take, name="take"),
    path("help/leave/<str:token>/", help_out.leave, name="leave"),
    path("help/<str:token>/", help_out.shifts, name="shifts"),
]
