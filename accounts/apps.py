from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # The letter reads models, which are there only now.
        from accounts.emails import register_letters  # noqa: PLC0415

        register_letters()
