from tests.outbox.conftest import start_sink

__all__ = ["start_sink"]
