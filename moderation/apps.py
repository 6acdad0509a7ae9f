from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "moderation"

    def ready(self) -> None:
        # The letters read models, which are there only now.
        from moderation.emails import register_letters  # noqa: PLC0415

        register_letters()
