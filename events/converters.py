"""The parts of public addresses."""

from django.urls import register_converter


class PublicId:
    regex = "[2-9a-z]{8}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class CountryCode:
    """Two small letters in addresses, two capitals in the database."""

    regex = "[a-z]{2}"

    def to_python(self, value: str) -> str:
        return value.upper()

    def to_url(self, value: str) -> str:
        return value.lower()


def register() -> None:
    """Make the parts known to all URLconfs: `<public_id:...>` and `<country:...>`."""
    register_converter(PublicId, "public_id")
    register_converter(CountryCode, "country")
