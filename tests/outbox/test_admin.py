"""What an admin sees of recipients and deliveries."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, User
from outbox.actions import suspend
from outbox.masking import masked
from outbox.models import Delivery, Recipient
from tests.factories import DeliveryFactory, RecipientFactory, UserFactory
from tests.log_in import log_in

pytestmark = pytest.mark.django_db

State = Delivery.State

RECIPIENTS = reverse("admin:outbox_recipient_changelist")
DELIVERIES = reverse("admin:outbox_delivery_changelist")


@pytest.fixture
def admin_page(client: Client) -> Client:
    log_in(client, UserFactory.create(is_superuser=True))
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


def dead_letters() -> dict[str, Delivery]:
    """One of each kind, and some that are none."""
    now = timezone.now()
    rows: dict[str, tuple[State, str, int]] = {
        "refused": (State.FAILED, "refused 550", 0),
        "bounced": (State.FAILED, "bounced 5.2.2", 1),
        "too late": (State.FAILED, "too late", 2),
        "skipped as too late": (State.SKIPPED, "too late", 0),
        "quarantined": (State.QUARANTINED, "cannot be prepared: ValueError", 0),
        "three copies": (State.QUARANTINED, "no answer: TimeoutError", 3),
        "cancelled": (State.SKIPPED, "protest cancelled", 0),
        "sent": (State.SENT, "", 0),
        "queued": (State.QUEUED, "later 450", 0),
    }
    return {
        name: DeliveryFactory.create(
            key=name,
            state=state,
            reason=reason,
            copies=copies,
            attempts=3,
            finished_at=None if state == State.QUEUED else now,
        )
        for name, (state, reason, copies) in rows.items()
    }


def test_dead_letters_are_listed_by_why(admin_page: Client) -> None:
    dead_letters()

    listed = {
        why: {row.key for row in admin_page.get(DELIVERIES, {"dead": why}).context["cl"].result_list}
        for why in ("all", "refused", "bounced", "too late", "quarantined")
    }

    assert listed == {
        "all": {"refused", "bounced", "too late", "skipped as too late", "quarantined", "three copies"},
        "refused": {"refused"},
        "bounced": {"bounced"},
        "too late": {"too late", "skipped as too late"},
        "quarantined": {"quarantined", "three copies"},
    }


def test_dead_letters_are_tried_again_and_others_not(admin_page: Client) -> None:
    mails = dead_letters()
    tried = {"refused", "bounced", "too late", "skipped as too late", "quarantined"}

    chosen = {"action": "send_again", "_selected_action": [mail.pk for mail in mails.values()]}
    pages = [admin_page.post(DELIVERIES, chosen, follow=True) for _press in range(2)]

    told = [[str(message) for message in page.context["messages"]] for page in pages]
    left = "stay as they are: no dead letters, or they may have arrived 3 times."
    assert told == [["5 mails are queued again.", f"4 {left}"], ["0 mails are queued again.", f"9 {left}"]]
    after = {mail.key: mail for mail in Delivery.objects.all()}
    assert {key for key, mail in after.items() if mail.state == State.QUEUED} == tried | {"queued"}
    assert {key: after[key].attempts for key in tried} == {key: mails[key].copies for key in tried}
    entries = AuditEntry.objects.filter(verb="mail tried again").order_by("pk")
    assert [(entry.object_id, entry.codes) for entry in entries] == [
        (mails[key].pk, {"letter": mails[key].letter, "was": mails[key].reason}) for key in mails if key in tried
    ]


def test_the_list_of_mails_costs_the_same_for_many(
    admin_page: Client, django_assert_num_queries: Callable[[int], Any]
) -> None:
    for mails in (1, 3):
        while Delivery.objects.count() < mails:
            DeliveryFactory.create()
        with django_assert_num_queries(5):
            admin_page.get(DELIVERIES)


def test_a_suspension_can_be_lifted(admin_page: Client) -> None:
    recipient = RecipientFactory.create()
    suspend(recipient)

    admin_page.post(RECIPIENTS, {"action": "lift_suspension", "_selected_action": [recipient.pk]})

    assert Recipient.objects.get(pk=recipient.pk).suspended_at is None
    assert AuditEntry.objects.filter(verb="suspension lifted", object_id=recipient.pk).count() == 1


def test_who_may_only_look_can_only_look(client: Client) -> None:
    failed = DeliveryFactory.create(state=Delivery.State.FAILED)
    log_in(client, onlooker())

    assert client.get(DELIVERIES).status_code == 200
    client.post(DELIVERIES, {"action": "send_again", "_selected_action": [failed.pk]})
    assert Delivery.objects.get().state == Delivery.State.FAILED
    assert client.post(reverse("admin:outbox_delivery_delete", args=[failed.pk]), {"post": "yes"}).status_code == 403
