from enum import StrEnum


class News(StrEnum):
    """What happened to somebody's second factors: a verb of the trail, and the subject of a letter to them."""

    APP_ADDED = "app added"
    APP_REMOVED = "app removed"
    PASSKEY_ADDED = "passkey added"
    PASSKEY_REMOVED = "passkey removed"
    CODES_MADE = "recovery codes made"
    CODE_USED = "recovery code used"
    ALL_REMOVED = "second factors taken off"
