"""What an admin sees of recipients and deliveries."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from outbox.actions import suspend
from outbox.admin import masked
from outbox.models import Delivery, Recipient
from tests.factories import DeliveryFactory, RecipientFactory, UserFactory

pytestmark = pytest.mark.django_db

RECIPIENTS = reverse("admin:outbox_recipient_changelist")
DELIVERIES = reverse("admin:outbox_delivery_changelist")


@pytest.fixture
def admin_page(client: Client) -> Client:
    client.force_login(UserFactory.create(is_superuser=True))
    return client


def onlooker() -> User:
    user = UserFactory.create(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="outbox", codename__startswith="view_"))
    return user


def test_a_masked_address_tells_only_those_who_know_it() -> None:
    assert [masked(address) for address in ("anna@example.org", "x@y", "")] == ["a…@e…", "x…@y…", "—"]


def test_a_recipient_is_found_by_the_whole_address_alone(admin_page: Client) -> None:
    wanted = RecipientFactory.create(address="anna.canary@example.org")
    RecipientFactory.create(address="anna.other@example.org")

    found = {
        term: [row.pk for row in admin_page.get(RECIPIENTS, {"q": term}).context["cl"].result_list]
        for term in ("Anna.Canary@example.org", "anna.canary", "example.org")
    }

    assert found == {"Anna.Canary@example.org": [wanted.pk], "anna.canary": [], "example.org": []}


def test_addresses_are_masked_everywhere(admin_page: Client) -> None:
    delivery = DeliveryFactory.create(recipient=RecipientFactory.create(address="canary@example.org"))
    pages = [
        RECIPIENTS,
        DELIVERIES,
        reverse("admin:outbox_recipient_change", args=[delivery.recipient.pk]),
        reverse("admin:outbox_delivery_change", args=[delivery.pk]),
    ]

    for page in pages:
        response = admin_page.get(page)
        assert response.status_code == 200
        assert "canary" not in response.content.decode()


def test_failed_mails_can_be_sent_again_and_others_not(admin_page: Client) -> None:
    failed = DeliveryFactory.create(state=Delivery.State.FAILED, reason="refused 550", attempts=1)
    sent = DeliveryFactory.create(state=Delivery.State.SENT)

    admin_page.post(DELIVERIES, {"action": "send_again", "_selected_action": [failed.pk, sent.pk]})

    states = dict(Delivery.objects.values_list("pk", "state"))
    assert states == {failed.pk: Delivery.State.QUEUED, sent.pk: Delivery.State.SENT}


def test_a_suspension_can_be_lifted(admin_page: Client) -> None:
    recipient = RecipientFactory.create()
    suspend(recipient)

    admin_page.post(RECIPIENTS, {"action": "lift_suspension", "_selected_action": [recipient.pk]})

    assert Recipient.objects.get(pk=recipient.pk).suspended_at is None


def test_who_may_only_look_can_only_look(client: Client) -> None:
    failed = DeliveryFactory.create(state=Delivery.State.FAILED)
    client.force_login(onlooker())

    assert client.get(DELIVERIES).status_code == 200
    client.post(DELIVERIES, {"action": "send_again", "_selected_action": [failed.pk]})
    assert Delivery.objects.get().state == Delivery.State.FAILED
    assert client.post(reverse("admin:outbox_delivery_delete", args=[failed.pk]), {"post": "yes"}).status_code == 403
