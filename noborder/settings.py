"""Settings of noborder, read from the environment only. Every variable is explained in docs/settings.md."""

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from kombu import Queue
from psycopg.conninfo import conninfo_to_dict

from noborder import unsafe
from noborder.given import flag, key_of_32_bytes, number, required, secret

BASE_DIR = Path(__file__).resolve().parent.parent


# "production", or "local" for `manage.py up` and "test" for `manage.py test`.
MODE = os.environ.get("NOBORDER_MODE", "production")
if MODE not in {"production", "local", "test"}:
    raise ImproperlyConfigured("NOBORDER_MODE must be production, local or test.")
IS_PRODUCTION = MODE == "production"

DEBUG = False
SECRET_KEY = required("SECRET_KEY", "Set it to 50 or more random characters: openssl rand -base64 48")
if IS_PRODUCTION and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY is too short: use at least 50 random characters.")

SITE_URL = required("SITE_URL", "Set it to the public address, for example https://noborder.example").rstrip("/")
SITE_HOST = urlsplit(SITE_URL).hostname or ""
if not SITE_HOST or urlsplit(SITE_URL).scheme not in {"http", "https"}:
    raise ImproperlyConfigured("SITE_URL must be a full address such as https://noborder.example")
IS_HTTPS = SITE_URL.startswith("https://")
if IS_PRODUCTION and not IS_HTTPS:
    raise ImproperlyConfigured("SITE_URL must start with https:// in production.")
SITE_NAME = os.environ.get("SITE_NAME", "noborder")
ALLOWED_HOSTS = [SITE_HOST, *os.environ.get("EXTRA_HOSTS", "").split()]
if MODE == "local":
    ALLOWED_HOSTS += ["localhost", "127.0.0.1"]

# Addresses at rest (outbox/sealing.py). The first key seals, all of them open.
SEAL_KEYS = {
    key_id: key_of_32_bytes("SEAL_KEYS", text)
    for key_id, _colon, text in (
        pair.partition(":")
        for pair in required("SEAL_KEYS", "Set it to k1:<key>, the key from: openssl rand -base64 32").split()
    )
}
HASH_KEY = key_of_32_bytes("HASH_KEY", required("HASH_KEY", "Make one with: openssl rand -base64 32"))

INSTALLED_APPS = [
    "moderation",
    "organising",
    "reminders",
    "events",
    "accounts",
    "outbox",
    "noborder",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "accounts.admin_config.GuardedAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "noborder.middleware.SecurityHeaders",
    "noborder.middleware.WellFormed",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "noborder.middleware.NoStoreByDefault",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "noborder.middleware.LanguageOfTheAddress",
    "django.middleware.common.CommonMiddleware",
    "noborder.middleware.OwnOrigin",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.PreferredLanguage",
    "accounts.middleware.KeepWhatWasTyped",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "noborder.middleware.NotByLooking",
    "noborder.middleware.TooSlow",
]

ROOT_URLCONF = "noborder.urls"
WSGI_APPLICATION = "noborder.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "noborder.context.site",
            ],
        },
    },
]


def database(url: str) -> dict[str, object]:
    """Django's settings for a postgresql:// URL; unix sockets as ?host=/folder."""
    try:
        parts = conninfo_to_dict(url)
    except Exception as error:
        raise ImproperlyConfigured("DATABASE_URL must be a postgresql:// address.") from error
    timeout = number("STATEMENT_TIMEOUT", 0)
    if timeout:
        parts["options"] = f"{parts.get('options', '')} -c statement_timeout={timeout}s".strip()
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **{ours: str(parts.pop(theirs, "") or "") for theirs, ours in names.items()},
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**parts, "connect_timeout": 5},
    }


DATABASES = {"default": database(required("DATABASE_URL", "Set it to postgresql://user:password@host/name"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# redis://host:6379 or unix:///path. Databases 0 (cache) and 1 (broker), so that clearing the cache drops no task.
REDIS_URL = required("REDIS_URL", "Set it to redis://host:6379 or unix:///path/to/socket")
_redis = urlsplit(REDIS_URL)
if _redis.scheme == "unix":
    CACHE_URL, CELERY_BROKER_URL = f"unix://{_redis.path}?db=0", f"redis+socket://{_redis.path}?virtual_host=1"
else:
    CACHE_URL, CELERY_BROKER_URL = (_redis._replace(path=f"/{db}", query="").geturl() for db in (0, 1))
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_DEFAULT_QUEUE = "rooms"
CELERY_TASK_QUEUES = [Queue(name, routing_key=name) for name in ("mail", "bounces", "rooms", "prints", "pictures")]
CELERY_TASK_ROUTES = {
    # It waits for another server: codes do not wait with it.
    "outbox.tasks.read_bounces": {"queue": "bounces"},
    "outbox.tasks.*": {"queue": "mail"},
    "events.tasks.make_*": {"queue": "prints"},
    "organising.tasks.make_day_sheet": {"queue": "prints"},
    "events.tasks.read_picture": {"queue": "pictures"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600, "socket_timeout": 30}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "noborder.celery:Scheduler"
CELERY_BEAT_SCHEDULE = {
    "send due mail": {"task": "outbox.tasks.send_due", "schedule": 5.0, "options": {"expires": 5}},
    "keep the outbox tidy": {"task": "outbox.tasks.tidy", "schedule": 30.0, "options": {"expires": 30}},
    "read the meter of the post office": {
        "task": "outbox.tasks.read_meter",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "read bounces": {"task": "outbox.tasks.read_bounces", "schedule": 300.0, "options": {"expires": 300}},
    "plan reminders": {"task": "reminders.tasks.plan", "schedule": 60.0, "options": {"expires": 60}},
    "ask whether protests are still on": {
        "task": "organising.tasks.ask_whether_still_on",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "look after shifts": {
        "task": "organising.tasks.look_after_shifts",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "forget shifts": {"task": "organising.tasks.forget_shifts", "schedule": 3600.0, "options": {"expires": 3600}},
    "tell organisers of letters": {
        "task": "organising.tasks.tell_of_letters",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "remind organisers of notices": {
        "task": "organising.tasks.remind_of_notices",
        # All deadlines are worked out anew, and reminders are planned a quarter of an hour ahead.
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "forget legal records": {"task": "organising.tasks.forget_legal", "schedule": 3600.0, "options": {"expires": 3600}},
    "ask how protests were": {
        "task": "organising.tasks.ask_how_it_was",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "tell of unconfirmed protests": {
        "task": "moderation.tasks.tell_of_unconfirmed",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "tell moderators what waits": {
        "task": "moderation.tasks.write_to_moderators",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "raise alarms": {"task": "moderation.tasks.raise_alarms", "schedule": 60.0, "options": {"expires": 60}},
    "tick of the clock": {"task": "events.tasks.tick", "schedule": 60.0, "options": {"expires": 60}},
    "make share pictures": {
        "task": "events.tasks.make_pictures_ahead",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "throw old prints away": {
        "task": "events.tasks.throw_prints_away",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "look after pictures": {"task": "events.tasks.look_after_pictures", "schedule": 60.0, "options": {"expires": 60}},
    "tell how many come": {"task": "reminders.tasks.keep_counts", "schedule": 3600.0, "options": {"expires": 3600}},
    "forget what is over": {"task": "reminders.tasks.forget", "schedule": 3600.0, "options": {"expires": 3600}},
    "forget sign-ons and letters": {"task": "events.tasks.forget", "schedule": 3600.0, "options": {"expires": 3600}},
    "forget day sheets": {
        "task": "organising.tasks.forget_day_sheets",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "forget what organisers wrote": {
        "task": "organising.tasks.forget",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "ask whether accounts stay": {
        "task": "organising.tasks.look_after_accounts",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "forget claims": {"task": "moderation.tasks.forget", "schedule": 3600.0, "options": {"expires": 3600}},
    "forget stale accounts data": {"task": "accounts.tasks.forget", "schedule": 3600.0, "options": {"expires": 3600}},
}


# A claimed mail is taken again after this many seconds; the SMTP time-out stays below half of it.
OUTBOX_LEASE = number("OUTBOX_LEASE", 90)
OUTBOX_BATCH = number("OUTBOX_BATCH", 100)
# Mails a minute to one receiving domain; 0: no limit.
OUTBOX_DOMAIN_RATE = number("OUTBOX_DOMAIN_RATE", 0)


def mail_server(url: str) -> dict[str, object]:
    """Django's mail settings for smtp://, smtps:// (TLS), smtp+tls:// (STARTTLS) or maildir:///folder (local use)."""
    parts = urlsplit(url)
    if parts.scheme == "maildir":
        return {"EMAIL_BACKEND": "outbox.backends.MaildirBackend", "EMAIL_FILE_PATH": unquote(parts.path)}
    if parts.scheme not in {"smtp", "smtps", "smtp+tls"} or not parts.hostname:
        raise ImproperlyConfigured("EMAIL_URL must look like smtp+tls://user:password@host:587")
    timeout = parse_qs(parts.query).get("timeout", ["20"])[0]
    if not timeout.isdigit() or not 0 < int(timeout) * 2 < OUTBOX_LEASE:
        raise ImproperlyConfigured("The timeout in EMAIL_URL must be a whole number below half of OUTBOX_LEASE.")
    return {
        "EMAIL_BACKEND": "outbox.backends.SmtpBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or {"smtp": 25, "smtps": 465, "smtp+tls": 587}[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_TIMEOUT": int(timeout),
    }


EMAIL_FILE_PATH = None
globals().update(mail_server(required("EMAIL_URL", "Set it to smtp+tls://user:password@host:587")))
DEFAULT_FROM_EMAIL = os.environ.get("MAIL_FROM", f"{SITE_NAME} <noreply@{SITE_HOST}>")
# The mailbox that bounces come back to, and its address (docs/mail.md); without them none are read.
BOUNCES_URL = secret("BOUNCES_URL")
BOUNCES_ADDRESS = os.environ.get("BOUNCES_ADDRESS", "")

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "organising:dashboard"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_SESSION_REMEMBER = True
MFA_ADAPTER = "accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# allauth's own migrations would write addresses in clear: ours seal the column (accounts/models.py).
MIGRATION_MODULES = {"account": "accounts.allauth_migrations"}

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_SERIALIZER = "accounts.sessions.SealedSerializer"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
SESSION_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "noborder.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if flag("BEHIND_PROXY") else None
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_REFERRER_POLICY = "no-referrer"
X_FRAME_OPTIONS = "DENY"
# How many proxies of our own stand before the app; 0 means the peer's address is the visitor's.
TRUSTED_PROXIES = number("TRUSTED_PROXIES", 1 if flag("BEHIND_PROXY") else 0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
# A file with the addresses of Tor's exits, one a line: together they are one network for the limits.
TOR_EXITS = os.environ.get("TOR_EXITS", "")
if TOR_EXITS and not Path(TOR_EXITS).is_file():
    raise ImproperlyConfigured("TOR_EXITS must name a file with one address a line, or be left out.")
# An edition with all its countries and texts in /admin/ has about 300.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# One form has one file, and it stays in memory (events/uploads.py).
DATA_UPLOAD_MAX_NUMBER_FILES = 2
FILE_UPLOAD_HANDLERS = ["events.uploads.CappedMemoryHandler"]

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("uk", _("Ukrainian")),
    ("pl", _("Polish")),
    ("fi", _("Finnish")),
    ("de", _("German")),
    ("fr", _("French")),
    ("nl", _("Dutch")),
]
COMPLETE_LANGUAGES = [code for code, _name in LANGUAGES]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT", BASE_DIR / "var" / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if MODE == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = MODE == "test"
# Each browser of a test has its own middleware: files are looked for when asked for, not all listed beforehand.
WHITENOISE_AUTOREFRESH = MODE == "test"
DATA_DIR = BASE_DIR / "data"

# Public keys of age that `manage.py backup` encrypts for.
BACKUP_RECIPIENTS = os.environ.get("BACKUP_RECIPIENTS", "").split()

# How much memory each web process may take for finished public pages (noborder/page_cache); 0: none are kept.
PAGE_CACHE_MB = number("PAGE_CACHE_MB", 64)

# How many searches one network may make at once, before it gets one a second (docs/decisions/0045-search-limits.md).
SEARCHES_AT_ONCE = number("SEARCHES_AT_ONCE", 300)

# Watching (docs/watching.md). Without a token there is no /metrics.
METRICS_TOKEN = secret("METRICS_TOKEN")
MAIL_LATE_MINUTES = number("MAIL_LATE_MINUTES", 10)

# Followers, helpers and mails are forgotten this many days after a campaign ends (docs/privacy of the site says so).
FORGET_AFTER_DAYS = number("FORGET_AFTER_DAYS", 14)
UNCONFIRMED_HOURS = 48

# An error-reporting service of the host's own (noborder/error_reports.py); off by default.
ERROR_REPORTS_DSN = secret("ERROR_REPORTS_DSN")
_log = ["console", "reports"] if ERROR_REPORTS_DSN else ["console"]
_reports = {"class": "noborder.error_reports.Reporter", "dsn": ERROR_REPORTS_DSN}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"scrubbed": {"()": "noborder.logs.JsonLines" if IS_PRODUCTION else "noborder.logs.Lines"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "scrubbed"},
        "nowhere": {"class": "logging.NullHandler"},
        **({"reports": _reports} if ERROR_REPORTS_DSN else {}),
    },
    "root": {"handlers": _log, "level": "INFO"},
    "loggers": {
        # Django would also mail tracebacks to ADMINS, in clear.
        "django": {"handlers": [], "level": "INFO"},
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
        # The web server has a format of its own, in which an error's words would stand.
        "_granian": {"handlers": [], "level": "INFO", "propagate": True},
        "granian.access": {"handlers": [], "propagate": True},
        # Each task that beat wakes would be two lines.
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
    },
}

unsafe.refuse(globals())
