from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "reminders"

    def ready(self) -> None:
        # All of these read models, which are there only now.
        from accounts.erasing import register  # noqa: PLC0415 - reads models
        from outbox.letters import register_leaving  # noqa: PLC0415 - reads models
        from reminders.actions import leave_all  # noqa: PLC0415 - reads models
        from reminders.complaints import leave_what_brought  # noqa: PLC0415 - reads models
        from reminders.emails import register_letters  # noqa: PLC0415

        register_letters()
        for letter in ("reminder", "digest", "notice", "changes"):
            register_leaving(letter, leave_what_brought)
        register(leave_all)
