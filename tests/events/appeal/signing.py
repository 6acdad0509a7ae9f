"""An organisation signs the appeal: one answer for everybody, one mail a day, and nothing public before a moderator."""

from django.conf import settings

from events import tokens
from events.models import SignOn
from outbox.models import Delivery
from tests.factories import RecipientFactory
from tests.guards import guards

FORM, LIST = "/en/appeal/sign/", "/en/appeal/"
ADDRESS = "anna@example.org"


def answers(**changes):
    return {"name": "Café für Alle", "city": "Warszawa", "country": "PL", "website": "", "email": ADDRESS} | {
        **guards(),
        **changes,
    }


def sign(client, language="en", **changes):
    return client.post(f"/{language}/appeal/sign/", answers(**changes))


def states():
    return list(SignOn.objects.order_by("pk").values_list("name", "state"))


def asked():
    return Delivery.objects.filter(letter="sign_on").count()


def own_page(address=ADDRESS):
    url = tokens.sign_ons_url(RecipientFactory(address=address), "en")
    return url.removeprefix(settings.SITE_URL)
