import datetime as dt
import threading
from typing import Any

import pytest
import redis
import time_machine
from django.conf import settings

from accounts.limits import Limit, Unavailable, network_of, spend, spend_all, wait_for
from outbox.sealing import likely_mailbox

pytestmark = pytest.mark.usefixtures("fresh_limits")
THREE_A_MINUTE = Limit("test", burst=3, seconds=20)
NOON = dt.datetime(2027, 9, 1, 12, 0, tzinfo=dt.UTC)


def test_a_bucket_gives_its_burst_and_then_names_the_wait() -> None:
    with time_machine.travel(NOON, tick=False):
        assert [spend(THREE_A_MINUTE, "a") for _ in range(5)] == [0, 0, 0, 20, 20]


def test_a_bucket_fills_again_with_time_and_never_above_its_burst() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert [spend(THREE_A_MINUTE, "a") for _ in range(4)] == [0, 0, 0, 20]
        clock.shift(10)
        assert spend(THREE_A_MINUTE, "a") == 10
        clock.shift(10)
        assert [spend(THREE_A_MINUTE, "a") for _ in range(2)] == [0, 20]
        clock.shift(3600)
        assert [spend(THREE_A_MINUTE, "a") for _ in range(4)] == [0, 0, 0, 20]


def test_buckets_of_others_are_not_touched() -> None:
    with time_machine.travel(NOON, tick=False):
        for _ in range(4):
            spend(THREE_A_MINUTE, "a")
        assert spend(THREE_A_MINUTE, "b") == 0
        assert spend(Limit("other", burst=1, seconds=5), "a") == 0


def test_a_refusal_takes_nothing_from_the_other_buckets() -> None:
    narrow = Limit("narrow", burst=1, seconds=60)
    with time_machine.travel(NOON, tick=False):
        assert spend_all([(THREE_A_MINUTE, "a"), (narrow, "a")]) == 0
        assert spend_all([(THREE_A_MINUTE, "a"), (narrow, "a")]) == 60
        assert [spend(THREE_A_MINUTE, "a") for _ in range(3)] == [0, 0, 20]


def test_asking_for_the_wait_takes_nothing() -> None:
    with time_machine.travel(NOON, tick=False):
        assert [wait_for([(THREE_A_MINUTE, "a")]) for _ in range(5)] == [0] * 5
        for _ in range(3):
            spend(THREE_A_MINUTE, "a")
        assert wait_for([(THREE_A_MINUTE, "a")]) == 20


def test_many_at_once_get_no_more_than_the_burst() -> None:
    waits: list[int] = []
    threads = [threading.Thread(target=lambda: waits.append(spend(THREE_A_MINUTE, "a"))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert waits.count(0) == 3


def test_redis_holds_no_address_and_other_keys_the_next_day() -> None:
    client = redis.Redis.from_url(settings.CACHE_URL)
    with time_machine.travel(NOON, tick=False):
        spend(THREE_A_MINUTE, "198.51.100.0/24")
    today = set(client.keys())
    with time_machine.travel(NOON + dt.timedelta(days=1), tick=False):
        spend(THREE_A_MINUTE, "198.51.100.0/24")
    assert len(today) == 1
    assert len(set(client.keys()) - today) == 1
    assert not [key for key in client.scan_iter() if b"198.51" in key or b"198.51" in (client.get(key) or b"")]


def test_a_key_of_another_type_counts_as_a_full_bucket() -> None:
    client = redis.Redis.from_url(settings.CACHE_URL)
    spend(THREE_A_MINUTE, "a")
    (key,) = client.keys()
    client.delete(key)
    client.lpush(key, "not a bucket")
    assert spend(THREE_A_MINUTE, "a") == 0


@pytest.mark.usefixtures("redis_away")
def test_redis_being_away_is_said_and_not_guessed() -> None:
    with pytest.raises(Unavailable):
        spend(THREE_A_MINUTE, "a")


@pytest.mark.parametrize(
    ("peer", "network"),
    [
        ("198.51.100.77", "198.51.100.0/24"),
        ("::ffff:198.51.100.77", "198.51.100.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_a_visitor_counts_by_network(peer: str, network: str) -> None:
    assert network_of({"REMOTE_ADDR": peer}) == network


def test_a_forwarded_address_counts_only_behind_proxies_of_our_own(settings: Any) -> None:
    meta = {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9, 198.51.100.7"}
    settings.TRUSTED_PROXIES = 0
    assert network_of(meta) == "192.0.2.0/24"
    settings.TRUSTED_PROXIES = 1
    assert network_of(meta) == "198.51.100.0/24"
    settings.TRUSTED_PROXIES = 2
    assert network_of(meta) == "203.0.113.0/24"
    settings.TRUSTED_PROXIES = 3
    assert network_of(meta) == "192.0.2.0/24"


@pytest.mark.parametrize("address", ["a.b+list@example.org", "AB@Example.org", " ab+x+y@example.org "])
def test_spellings_of_one_mailbox_share_a_bucket(address: str) -> None:
    assert likely_mailbox(address) == "ab@example.org"
