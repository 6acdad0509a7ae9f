from tests.reminders.conftest import delivered

__all__ = ["delivered"]
