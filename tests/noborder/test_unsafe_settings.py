"""Each unsafe setting stops the start with a sentence that says what to do."""

import base64
import hashlib
import runpy
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from noborder.management.commands.lint import like_production

SETTINGS = Path(settings.BASE_DIR) / "noborder" / "settings.py"
# Varied, and the same in each of pytest's workers, which must find the same tests.
VARIED = base64.b64encode(hashlib.sha256(b"varied").digest()).decode()
ZEROS, COUNTED = (base64.b64encode(key).decode() for key in (bytes(32), bytes(range(32))))
# What is wrong, and a part of what the site says about it.
TABLE: list[tuple[dict[str, str | None], str]] = [
    ({"NOBORDER_MODE": "prod"}, "NOBORDER_MODE must be production, local or test."),
    ({"SECRET_KEY": None}, "SECRET_KEY is not set. Set it to 50 or more random characters"),
    ({"SECRET_KEY": "short"}, "SECRET_KEY is too short"),
    ({"SECRET_KEY": "x" * 60}, "SECRET_KEY can be guessed. Make a random one"),
    ({"SECRET_KEY": "password" * 8}, "SECRET_KEY can be guessed"),
    ({"SECRET_KEY": "0123456789" * 6}, "SECRET_KEY can be guessed"),
    ({"SECRET_KEY": "abcdefghijklmnopqrstuvwxyz" * 2}, "SECRET_KEY can be guessed"),
    ({"SECRET_KEY": f"django-insecure-{VARIED}"}, "SECRET_KEY can be guessed"),
    ({"SEAL_KEYS": None}, "SEAL_KEYS is not set"),
    ({"SEAL_KEYS": "k1:short"}, "SEAL_KEYS must be 32 random bytes in base64"),
    ({"SEAL_KEYS": f"k1:{ZEROS}"}, "SEAL_KEYS k1 can be guessed. Make a random one"),
    ({"SEAL_KEYS": f"k2:{VARIED} k1:{ZEROS}"}, "SEAL_KEYS k1 can be guessed"),
    ({"HASH_KEY": None}, "HASH_KEY is not set"),
    ({"HASH_KEY": "c2hvcnQ="}, "HASH_KEY must be 32 random bytes in base64"),
    ({"HASH_KEY": ZEROS}, "HASH_KEY can be guessed"),
    ({"HASH_KEY": COUNTED}, "HASH_KEY can be guessed"),
    ({"HASH_KEY": "one", "SEAL_KEYS": "k1:one"}, "must differ"),
    ({"SITE_URL": None}, "SITE_URL is not set"),
    ({"SITE_URL": "noborder.example"}, "SITE_URL must be a full address"),
    ({"SITE_URL": "http://noborder.example"}, "SITE_URL must start with https:// in production."),
    ({"SITE_URL": "https://somebody@noborder.example"}, "SITE_URL must be scheme and host only"),
    ({"SITE_URL": "https://noborder.example/site"}, "SITE_URL must be scheme and host only"),
    ({"NOBORDER_MODE": "local"}, "A local site shows all its mails to everybody"),
    ({"EXTRA_HOSTS": "*"}, "EXTRA_HOSTS must name each host in full"),
    ({"EXTRA_HOSTS": ".example.org"}, "EXTRA_HOSTS must name each host in full"),
    ({"DATABASE_URL": None}, "DATABASE_URL is not set"),
    ({"METRICS_TOKEN": "x" * 31}, "METRICS_TOKEN is too short"),
    ({"ERROR_REPORTS_DSN": "https://errors.example/1"}, "ERROR_REPORTS_DSN must look like https://key@host/1"),
    ({"ERROR_REPORTS_DSN": "http://key@errors.example/1"}, "ERROR_REPORTS_DSN must start with https://"),
    ({"DATABASE_URL": "nonsense"}, "DATABASE_URL must be a postgresql:// address."),
    ({"REDIS_URL": None}, "REDIS_URL is not set"),
    ({"EMAIL_URL": None}, "EMAIL_URL is not set"),
    ({"BOUNCES_URL": "imaps://me:word@mail.example"}, "BOUNCES_URL and BOUNCES_ADDRESS go together"),
    ({"BOUNCES_URL": "imap://me:word@mail.example", "BOUNCES_ADDRESS": "b@a.example"}, "BOUNCES_URL would send its"),
    ({"BOUNCES_URL": "https://mail.example", "BOUNCES_ADDRESS": "b@a.example"}, "BOUNCES_URL must look like imaps://"),
    ({"BOUNCES_URL": "imaps://mail.example", "BOUNCES_ADDRESS": "b+c@a.example"}, "BOUNCES_ADDRESS must be a short"),
    ({"EMAIL_URL": "http://mail.example"}, "EMAIL_URL must look like smtp+tls://"),
    ({"EMAIL_URL": "maildir:///var/mail"}, "EMAIL_URL must name a mail server in production"),
    ({"EMAIL_URL": "smtp://me:word@mail.example"}, "EMAIL_URL would send its password in clear"),
    ({"EMAIL_URL": "smtp://mail.example?timeout=60"}, "The timeout in EMAIL_URL must be"),
    ({"BEHIND_PROXY": "perhaps"}, "BEHIND_PROXY must be 0 or 1"),
    ({"BEHIND_PROXY": "0", "TRUSTED_PROXIES": "1"}, "TRUSTED_PROXIES without BEHIND_PROXY=1"),
    ({"FORGET_AFTER_DAYS": "6"}, "FORGET_AFTER_DAYS must be 7 or more"),
    ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES must be a whole number"),
]


def start(monkeypatch: pytest.MonkeyPatch, changed: dict[str, str | None]) -> dict[str, object]:
    """The settings of a server with *changed* in its environment."""
    good = like_production()
    for name, value in good.items():
        monkeypatch.setenv(name, value)
    for name, wrong in changed.items():
        if wrong is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, wrong.replace("one", good["HASH_KEY"]) if "KEY" in name else wrong)
    return runpy.run_path(str(SETTINGS))


@pytest.mark.parametrize(("changed", "sentence"), TABLE, ids=str)
def test_an_unsafe_setting_stops_the_start(
    changed: dict[str, str | None], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        start(monkeypatch, changed)
    assert sentence in str(refused.value)


def test_safe_settings_start(monkeypatch: pytest.MonkeyPatch) -> None:
    good = start(monkeypatch, {"EXTRA_HOSTS": "abc.onion", "EMAIL_URL": "smtp+tls://me:word@mail.example"})
    assert good["IS_PRODUCTION"] is True
    assert good["DEBUG"] is False
    for cookie in ("SESSION_COOKIE", "CSRF_COOKIE"):
        assert str(good[f"{cookie}_NAME"]).startswith("__Host-")
        assert good[f"{cookie}_SECURE"] is True
