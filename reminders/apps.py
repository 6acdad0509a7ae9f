from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "reminders"

    def ready(self) -> None:
        # The letters read models, which are there only now.
        from reminders.emails import register_letters  # noqa: PLC0415

        register_letters()
