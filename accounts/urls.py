"""Names are allauth's where it has one, since it redirects by them."""

from django.urls import path

from accounts.views import factors, log_in, my_data, second_factor, unsent

urlpatterns = [
    path("", log_in.settings_page, name="account_settings"),
    path("login/", log_in.log_in, name="account_login"),
    path("login/code/", log_in.confirm_code, name="account_confirm_login_code"),
    path("logout/", log_in.log_out, name="account_logout"),
    path("logout/everywhere/", log_in.log_out_all, name="account_logout_everywhere"),
    path("inactive/", log_in.inactive, name="account_inactive"),
    path("unsent/", unsent.unsent, name="account_unsent"),
    path("my-data/", my_data.my_data, name="account_my_data"),
    path("my-data/my-data.json", my_data.my_data_file, name="account_my_data_file"),
    path("my-data/stay/", my_data.stay_here, name="account_stay_here"),
    path("stay/<str:token>/", my_data.stay, name="account_stay"),
    path("my-data/erase/", my_data.erase_me, name="account_erase_me"),
    path("my-data/erased/", my_data.erased, name="account_erased"),
    path("second-factor/", factors.index, name="mfa_index"),
    path("second-factor/authenticate/", second_factor.authenticate, name="mfa_authenticate"),
    path("second-factor/confirm/", second_factor.confirm, name="mfa_reauthenticate"),
    path("second-factor/app/", factors.app, name="mfa_activate_totp"),
    path("second-factor/passkey/", factors.passkey, name="mfa_add_webauthn"),
    path("second-factor/<int:pk>/remove/", factors.remove, name="mfa_remove"),
    path("second-factor/recovery-codes/", factors.recovery_codes, name="mfa_view_recovery_codes"),
    path("second-factor/recovery-codes.txt", factors.recovery_codes_file, name="mfa_download_recovery_codes"),
]
