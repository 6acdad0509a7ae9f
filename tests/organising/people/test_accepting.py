"""Accepting."""

import datetime as dt
from urllib.parse import unquote

import pytest
from django.utils import timezone

from accounts.models import User
from events.actions import Refused
from events.models import Event, Organiser
from organising.actions import invitations, people
from organising.models import Invitation
from organising.tokens import still_on_url
from tests.factories import EventFactory, OrganiserFactory, UserFactory
from tests.organising.people.rooms import CO, HELPER, OWNER, page, path_of, role_of

pytestmark = pytest.mark.django_db


class TestAccepting:
    def test_somebody_without_an_account_gets_one_by_the_mailed_code(
        self, client, event, invited, fresh_limits, delivered
    ):
        delivered()
        path = path_of(invited)
        shown = client.get(path).content.decode()
        assert event.title in shown
        assert "owner@" not in shown
        way = client.post(path)["Location"]
        assert unquote(way) == f"/accounts/login/?next={path}"
        assert client.post(way, {"email": "new@example.org"}).status_code == 302
        [letter] = delivered()
        code = next(word for word in letter.text.split() if word.isdigit() and len(word) == 6)
        assert client.post("/accounts/login/code/", {"code": code})["Location"] == path
        user = User.objects.get(email="new@example.org")
        assert role_of(event, user) is None
        assert client.post(path)["Location"] == page(event, "")
        assert role_of(event, user) == CO
        assert {letter.to for letter in delivered()} == {Organiser.objects.get(role=OWNER).user.email}

    def test_a_mailed_invitation_opens_no_account_for_another_address(self, client, invited, fresh_limits, delivered):
        delivered()
        way = client.post(path_of(invited))["Location"]
        client.post(way, {"email": "somebody-else@example.org"})
        assert delivered() == []

    def test_without_an_invitation_no_account_is_opened(self, client, fresh_limits, delivered):
        client.post("/accounts/login/", {"email": "nobody@example.org"})
        assert delivered() == []

    def test_a_mailed_invitation_is_for_one_person_once(self, client, event, owner, invited):
        client.force_login(UserFactory())
        for answer in (client.get(path_of(invited)), client.post(path_of(invited))):
            assert answer.status_code == 404
            assert b"another address" in answer.content
        user = UserFactory(email="new@example.org")
        assert invitations.accept(invited, by=user) == event
        people.remove(event, Organiser.objects.get(user=user), by=owner)
        with pytest.raises(Refused):
            invitations.accept(invited, by=user)
        client.force_login(user)
        assert client.get(path_of(invited)).status_code == 404

    def test_a_link_serves_many_up_to_its_bound(self, event, link):
        for _n in range(Invitation.MOST_USES):
            invitations.accept(link, by=UserFactory())
        with pytest.raises(Refused):
            invitations.accept(link, by=UserFactory())
        assert Organiser.objects.filter(event=event, role=HELPER).count() == Invitation.MOST_USES

    def test_whoever_is_in_with_as_much_stays_and_uses_nothing(self, event, owner, link):
        invitations.accept(link, by=owner)
        link.refresh_from_db()
        assert (role_of(event, owner), link.uses) == (OWNER, 0)

    def test_a_helper_is_raised(self, event, owner):
        helper = OrganiserFactory(event=event, role=HELPER).user
        invitations.accept(invitations.invite_by_mail(event, helper.email, OWNER, by=owner), by=helper)
        assert role_of(event, helper) == OWNER

    def test_who_got_the_mail_can_decline_without_logging_in(self, client, invited, link):
        assert client.post(path_of(invited), {"do": "decline"}).status_code == 200
        assert client.get(path_of(invited)).status_code == 404
        client.post(path_of(link), {"do": "decline"})
        assert client.get(path_of(link)).status_code == 200

    def test_who_got_the_mail_can_say_never_again(self, client, event, owner, invited, link, delivered):
        [letter] = delivered()
        assert "Never want to hear from us?" in letter.text
        assert b"never_again" in client.get(path_of(invited)).content
        assert b"never_again" not in client.get(path_of(link)).content
        client.post(path_of(link), {"do": "never_again"})
        assert client.post(path_of(invited), {"do": "never_again"}).status_code == 200
        invited.recipient.refresh_from_db()
        assert (invited.recipient.address, invited.recipient.never_again_at) == ("", timezone.now())
        assert set(Invitation.objects.living(timezone.now())) == {link}
        invitations.invite_by_mail(event, "new@example.org", CO, by=owner)
        assert delivered() == []

    def test_never_again_keeps_the_address_of_an_account(self, client, event, owner):
        user = UserFactory()
        invitation = invitations.invite_by_mail(event, user.email, CO, by=owner)
        client.post(path_of(invitation), {"do": "never_again"})
        user.recipient.refresh_from_db()
        assert (user.recipient.address, user.recipient.never_again_at) == (user.email, None)
        assert not Invitation.objects.living(timezone.now()).exists()

    @pytest.mark.parametrize("state", ["submitted", "scheduled"])
    def test_what_is_not_public_is_not_named_to_whoever_holds_the_link(self, client, state):
        secret = EventFactory(state=state, title="Secret march", publish_at=timezone.now() + dt.timedelta(days=1))
        link = invitations.invite_by_link(secret, HELPER, by=OrganiserFactory(event=secret).user)
        shown = client.get(path_of(link)).content.decode()
        assert "Secret march" not in shown
        assert "Warszawa" in shown

    @pytest.mark.parametrize(
        "end",
        [
            lambda event, owner: Event.objects.filter(pk=event.pk).update(day=dt.date(2027, 8, 1)),
            lambda event, owner: Event.objects.filter(pk=event.pk).update(state="withdrawn", published_at=None),
            lambda event, owner: Organiser.objects.filter(user=owner).update(role=CO),
            lambda event, owner: User.objects.filter(pk=owner.pk).update(is_active=False),
            lambda event, owner: Organiser.objects.filter(user=owner).delete(),
        ],
        ids=["over", "withdrawn", "inviter steps down", "inviter blocked", "inviter gone"],
    )
    def test_invitations_die_with_what_they_rest_on(self, client, event, owner, link, invited, end):
        end(event, owner)
        for invitation in (link, invited):
            assert client.get(path_of(invitation)).status_code == 404
            with pytest.raises(Refused):
                invitations.accept(invitation, by=UserFactory(email=f"x{invitation.pk}@example.org"))

    def test_invitations_run_out_after_seven_days(self, client, link, clock):
        clock.shift(dt.timedelta(days=6, hours=23))
        assert client.get(path_of(link)).status_code == 200
        clock.shift(dt.timedelta(hours=1, seconds=1))
        answer = client.get(path_of(link))
        assert (answer.status_code, b"run out" in answer.content) == (404, True)

    @pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "x", lambda t: t.swapcase(), lambda t: "x"])
    def test_a_changed_link_leads_nowhere(self, client, link, change):
        token = path_of(link).rstrip("/").rpartition("/")[2]
        assert client.get(f"/organise/invitations/{change(token)}/").status_code == 404

    def test_a_link_of_another_kind_leads_nowhere(self, client, event, owner):
        token = still_on_url(Organiser.objects.get(user=owner).pk).rstrip("/").rpartition("/")[2]
        assert client.get(f"/organise/invitations/{token}/").status_code == 404

    def test_who_lost_the_say_and_got_it_back_has_no_old_invitations(self, event, owner, link):
        other = OrganiserFactory(event=event)
        people.change_role(event, Organiser.objects.get(user=owner), CO, by=other.user)
        people.change_role(event, Organiser.objects.get(user=owner), OWNER, by=other.user)
        with pytest.raises(Refused):
            invitations.accept(link, by=UserFactory())
