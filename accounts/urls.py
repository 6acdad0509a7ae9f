"""Names are allauth's where it has one, since it redirects by them."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("", views.settings_page, name="account_settings"),
    path("login/", views.log_in, name="account_login"),
    path("login/code/", views.confirm_code, name="account_confirm_login_code"),
    path("logout/", views.log_out, name="account_logout"),
    path("logout/everywhere/", views.log_out_all, name="account_logout_everywhere"),
    path("inactive/", views.inactive, name="account_inactive"),
]
