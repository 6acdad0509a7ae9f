from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "moderation"

    def ready(self) -> None:
        # The letters read models, which are there only now.
        from moderation import (  # noqa: PLC0415 - reads models
            after_report_emails,
            alarms,
            collectives_emails,
            digests,
            late_changes,
            messages,
            people_emails,
            unconfirmed,
        )
        from moderation.emails import register_letters  # noqa: PLC0415

        register_letters()
        after_report_emails.register_letters()
        unconfirmed.register_letters()
        people_emails.register_letters()
        collectives_emails.register_letters()
        digests.register_letters()
        late_changes.register_letters()
        messages.register_letters()
        alarms.register_letters()
