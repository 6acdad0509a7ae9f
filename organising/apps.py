from django.apps import AppConfig


class OrganisingConfig(AppConfig):
    name = "organising"

    def ready(self) -> None:
        # All of these read models, which are there only now.
        from accounts.erasing import register  # noqa: PLC0415 - reads models
        from organising import erasing  # noqa: PLC0415 - reads models
        from organising.emails import register_letters  # noqa: PLC0415 - reads models
        from outbox.letters import register_leaving  # noqa: PLC0415 - reads models
        from reminders.complaints import leave_what_brought  # noqa: PLC0415 - reads models

        register_letters()
        register_leaving("announcement", leave_what_brought)
        register(erasing.let_go, ties=erasing.ties)
