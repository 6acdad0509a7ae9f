"""What /readyz looks at."""

from datetime import timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from outbox.models import Delivery

# Mail that is due for longer than this is late: senders are woken every five seconds.
LATE = timedelta(minutes=10)


def is_database_up() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def is_redis_up() -> bool:
    client = redis.Redis.from_url(settings.CACHE_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def is_mail_on_time() -> bool:
    try:
        return not Delivery.objects.due(timezone.now() - LATE).exists()
    except DatabaseError:
        return False
