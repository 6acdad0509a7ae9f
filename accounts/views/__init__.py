"""Pages of people themselves: logging in, second factors, settings."""

from accounts.views.log_in import SignedInRequest, admin_log_in, log_in_as_invited

__all__ = ["SignedInRequest", "admin_log_in", "log_in_as_invited"]
