from django.apps import AppConfig

from events import converters


class EventsConfig(AppConfig):
    name = "events"

    def ready(self) -> None:
        converters.register()
