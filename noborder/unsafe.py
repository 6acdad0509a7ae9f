"""Settings that each make sense and are unsafe together, or unsafe in production: the site does not start with them."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from noborder.error_reports import BadDsn, Service

SHORTEST_TOKEN = 32
# A random key has some thirty different bytes, and as many different steps from one to the next: one with fewer was
# typed, or counts.
FEWEST_KINDS = 8
# A reminder is known to be sent as long as its row is there, and that of a week before would be planned for six days.
FEWEST_DAYS = 7
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
# Its part before the @ leaves room for a "+" and a token within the 64 characters that mail servers take.
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9._-]{1,24}@[A-Za-z0-9.-]+")


def refuse(settings: Mapping[str, Any]) -> None:
    """Raises ImproperlyConfigured with the first thing that is wrong."""
    for trouble in troubles(settings):
        raise ImproperlyConfigured(trouble)


def troubles(settings: Mapping[str, Any]) -> Iterator[str]:
    yield from _of_addresses(settings)
    if settings["TRUSTED_PROXIES"] and not settings["SECURE_PROXY_SSL_HEADER"]:
        yield "TRUSTED_PROXIES without BEHIND_PROXY=1 lets every visitor choose an address. Set both or neither."
    if settings["FORGET_AFTER_DAYS"] < FEWEST_DAYS:
        yield f"FORGET_AFTER_DAYS must be {FEWEST_DAYS} or more: a reminder forgotten sooner would be sent again."
    yield from _of_bounces(settings)
    yield from _of_watching(settings)
    if settings["IS_PRODUCTION"]:
        yield from _of_keys(settings)
        yield from _of_mail(settings)


def _of_keys(settings: Mapping[str, Any]) -> Iterator[str]:
    secret = settings["SECRET_KEY"]
    if _can_be_guessed(secret.encode()) or secret.startswith("django-insecure"):
        yield "SECRET_KEY can be guessed. Make a random one: openssl rand -base64 48"
    keys = {f"SEAL_KEYS {name}": key for name, key in settings["SEAL_KEYS"].items()}
    keys["HASH_KEY"] = settings["HASH_KEY"]
    for name, key in keys.items():
        if _can_be_guessed(key):
            yield f"{name} can be guessed. Make a random one: openssl rand -base64 32"
    if len(set(keys.values())) < len(keys):
        yield "HASH_KEY and each of SEAL_KEYS must differ: make each with openssl rand -base64 32"


def _can_be_guessed(key: bytes) -> bool:
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    return min(len(set(key)), len(steps)) < FEWEST_KINDS


def _of_watching(settings: Mapping[str, Any]) -> Iterator[str]:
    if settings["METRICS_TOKEN"] and len(settings["METRICS_TOKEN"]) < SHORTEST_TOKEN:
        yield "METRICS_TOKEN is too short: use at least 32 random characters (openssl rand -hex 32), or leave it out."
    try:
        service = Service.at(settings["ERROR_REPORTS_DSN"]) if settings["ERROR_REPORTS_DSN"] else None
    except BadDsn:
        yield "ERROR_REPORTS_DSN must look like https://key@host/1"
        return
    # A name without a dot is a neighbour in the same network.
    if settings["IS_PRODUCTION"] and service and not service.is_secure and "." in service.host:
        yield "ERROR_REPORTS_DSN must start with https:// in production, unless the service is in the same network."


def _of_addresses(settings: Mapping[str, Any]) -> Iterator[str]:
    parts = urlsplit(settings["SITE_URL"])
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        yield "SITE_URL must be scheme and host only, for example https://noborder.example"
    if any("*" in host or host.startswith(".") or "/" in host for host in settings["ALLOWED_HOSTS"]):
        yield "EXTRA_HOSTS must name each host in full: with a wildcard, mails could be asked for with foreign links."
    if settings["MODE"] == "local" and settings["IS_HTTPS"]:
        yield (
            "A local site shows all its mails to everybody, codes included. Set NOBORDER_MODE=production for a public "
            "one."
        )


def _of_mail(settings: Mapping[str, Any]) -> Iterator[str]:
    if settings["EMAIL_FILE_PATH"]:
        yield "EMAIL_URL must name a mail server in production: with maildir:// mails lie readable on the disk."
        return
    is_clear = not settings["EMAIL_USE_SSL"] and not settings["EMAIL_USE_TLS"]
    if is_clear and settings["EMAIL_HOST_PASSWORD"] and settings["EMAIL_HOST"] not in LOOPBACK:
        yield "EMAIL_URL would send its password in clear. Use smtp+tls:// or smtps://"


def _of_bounces(settings: Mapping[str, Any]) -> Iterator[str]:
    url, address = urlsplit(settings["BOUNCES_URL"]), settings["BOUNCES_ADDRESS"]
    if bool(settings["BOUNCES_URL"]) != bool(address):
        yield "BOUNCES_URL and BOUNCES_ADDRESS go together: set both or neither."
    elif not address:
        return
    elif url.scheme not in {"imaps", "imap", "maildir"} or not (url.path if url.scheme == "maildir" else url.hostname):
        yield "BOUNCES_URL must look like imaps://user:password@host or maildir:///folder"
    elif url.scheme == "imap" and url.hostname not in LOOPBACK:
        yield "BOUNCES_URL would send its password in clear. Use imaps://"
    elif not _PLAIN_ADDRESS.fullmatch(address):
        yield "BOUNCES_ADDRESS must be a short address without +, for example bounces@noborder.example"
