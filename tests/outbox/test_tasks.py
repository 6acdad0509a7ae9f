"""Waking the sender must never cost the page that posted a mail."""

import logging
from collections.abc import Iterator

import pytest
from celery import current_app
from redis import Redis

from outbox import tasks

WORDS = ["the broker cannot be reached: mail waits for the next beat"]


@pytest.fixture
def broker() -> Iterator[Redis]:
    """The test's own Redis, put right again afterwards."""
    with current_app.connection_for_write() as connection:
        redis = connection.default_channel.client
        redis.delete("mail")
        yield redis
        redis.config_set("maxmemory", "0")
        redis.delete("mail")


@pytest.mark.django_db(transaction=True)
def test_the_sender_is_woken_through_the_mail_queue(broker: Redis) -> None:
    tasks.send_soon()

    assert broker.llen("mail") == 1


@pytest.mark.django_db(transaction=True)
def test_a_broker_out_of_memory_is_only_noted(broker: Redis, caplog: pytest.LogCaptureFixture) -> None:
    broker.config_set("maxmemory", "1")
    with caplog.at_level(logging.WARNING, "outbox"):
        tasks.send_soon()

    assert caplog.messages == WORDS


@pytest.mark.django_db(transaction=True)
def test_a_broker_with_something_else_in_the_place_of_the_queue_is_only_noted(
    broker: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    broker.set("mail", "not a list")
    with caplog.at_level(logging.WARNING, "outbox"):
        tasks.send_soon()

    assert caplog.messages == WORDS


@pytest.mark.django_db
def test_nothing_is_woken_before_the_commit(broker: Redis) -> None:
    tasks.send_soon()

    assert broker.llen("mail") == 0
