"""Settings of the launchers (`up`, `test`, `lint`), which need none; what they start reads noborder/settings.py."""

INSTALLED_APPS = ["noborder"]
SECRET_KEY = "the launchers sign nothing"  # noqa: S105
USE_TZ = True
