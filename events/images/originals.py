"""Uploaded files on their way to the worker: in Redis, sealed, for some minutes, and nowhere else."""

import uuid
from datetime import timedelta

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from outbox.sealing import CannotOpen, seal_bytes, unseal_bytes

LIFETIME = timedelta(minutes=15)
_PURPOSE = "original"


class Unavailable(Exception):
    """Redis does not answer or has no room, or enough files wait already."""


def _redis() -> redis.Redis:
    # No second try: whoever waits for a page is better served with "later" than with seconds of silence.
    return redis.Redis.from_url(
        settings.CACHE_URL, socket_timeout=5, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
    )


def _name(key: uuid.UUID) -> str:
    return f"original:{key}"


def put(key: uuid.UUID, content: bytes) -> None:
    """Keep *content* for the worker. Sealed, since Redis may write to a disk. Raises Unavailable."""
    try:
        with _redis() as client:
            client.set(_name(key), seal_bytes(content, purpose=_PURPOSE), ex=LIFETIME)
    except redis.RedisError as error:
        raise Unavailable from error


def get(key: uuid.UUID) -> bytes | None:
    """The file, or None if it is gone. Raises Unavailable."""
    try:
        with _redis() as client:
            sealed = client.get(_name(key))
    except redis.RedisError as error:
        raise Unavailable from error
    try:
        return unseal_bytes(sealed, purpose=_PURPOSE) if isinstance(sealed, bytes) else None
    except CannotOpen:
        return None


def drop(key: uuid.UUID) -> None:
    """Forget the file now; without Redis it is forgotten by itself."""
    try:
        with _redis() as client:
            client.delete(_name(key))
    except redis.RedisError:
        return
