import pytest
from django.utils import translation

from events.models import Decision, DecisionReason
from moderation.emails import letter_name
from outbox.letters import kind
from outbox.models import Delivery
from tests.factories import WEEKS_BEFORE, DeliveryFactory, RecipientFactory, RevisionFactory

pytestmark = pytest.mark.django_db


def told(verb, *, reason="", language="en", **values):
    """The delivery of a decision on a submission."""
    revision = RevisionFactory(**values)
    decision = Decision.objects.create(
        at=WEEKS_BEFORE,
        verb=verb,
        actor_id=revision.author.actor_id,
        event=revision.event,
        revision=None if verb in {"hide", "restore"} else revision,
    )
    if reason:
        DecisionReason.objects.create(decision=decision, text=reason)
    return DeliveryFactory(
        letter=letter_name(verb), recipient=RecipientFactory(language=language), ids={"decision": decision.pk}
    )


def render(delivery):
    return kind(delivery.letter).render([delivery])[delivery.pk]


@pytest.mark.parametrize(
    ("verb", "subject", "page"),
    [
        ("approve", "Public now: March for freedom of movement", ""),
        ("request_changes", "Please change: March for freedom of movement", "edit/"),
        ("reject", "Not accepted: March for freedom of movement", ""),
        ("hide", "Taken off the list: March for freedom of movement", ""),
        ("restore", "Listed again: March for freedom of movement", ""),
    ],
)
def test_each_decision_has_its_letter(verb, subject, page, settings):
    delivery = told(verb, reason="Tell us <more> & soon.")
    letter = render(delivery)
    public_id = Decision.objects.get().event.public_id
    address = f"{settings.SITE_URL}/organise/{public_id}/{page}"
    assert letter.subject == subject
    assert "Tell us <more> & soon." in letter.text
    assert address in letter.text.split()
    assert "Tell us &lt;more&gt; &amp; soon." in letter.html
    assert f'href="{address}"' in letter.html


def test_an_approval_without_words_has_no_empty_quotation():
    assert "The moderators write" not in render(told("approve")).text


def test_the_title_is_said_in_the_organiser_s_language():
    with translation.override("en"):
        letter = render(told("approve", language="pl", translations={"pl": {"title": "Marsz", "description": ""}}))
    assert letter.subject.endswith("Marsz")


def test_a_title_full_of_traps_makes_one_line():
    letter = render(told("approve", title="A\r\nBcc: x@example.org\u2028<b>&"))
    assert letter.subject == "Public now: A Bcc: x@example.org <b>&"


def test_a_decision_on_a_protest_that_is_gone_is_not_told():
    delivery = told("approve")
    Decision.objects.get().event.delete()
    assert kind(delivery.letter).unwanted([delivery]) == {delivery.pk: "protest gone"}
    assert kind(delivery.letter).render([delivery]) == {}


def test_letters_are_rendered_in_batches(django_assert_num_queries):
    told("approve")
    told("approve")
    deliveries = list(Delivery.objects.select_related("recipient"))
    with django_assert_num_queries(1):
        kind("decision_approve").unwanted(deliveries)
    with django_assert_num_queries(1):
        assert len(kind("decision_approve").render(deliveries)) == 2
