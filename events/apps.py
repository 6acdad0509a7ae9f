from django.apps import AppConfig

from events import converters


class EventsConfig(AppConfig):
    name = "events"

    def ready(self) -> None:
        converters.register()
        # All of these read models, which are there only now.
        from accounts.erasing import register  # noqa: PLC0415 - reads models
        from events.emails import register_letters  # noqa: PLC0415
        from events.forgetting import let_go  # noqa: PLC0415 - reads models

        register_letters()
        register(let_go)
