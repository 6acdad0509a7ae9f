from django.apps import AppConfig

from events import converters


class EventsConfig(AppConfig):
    name = "events"

    def ready(self) -> None:
        converters.register()
        # The letters read models, which are there only now.
        from events.emails import register_letters  # noqa: PLC0415

        register_letters()
