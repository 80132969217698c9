"""Settings, read from the environment alone. Without any, the product runs on embedded defaults in `var/`."""

from __future__ import annotations

import secrets
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# Where the embedded defaults keep their files. `make run` uses ./var.
VAR = Path(env.str("PLEO_VAR", default=str(BASE_DIR / "var"))).resolve()
TESTING = "pytest" in sys.modules
DEBUG = env.bool("DEBUG", default=False)


def _kept_secret(name: str) -> str:
    """A secret for the embedded default: made once, kept in `var/`, readable by its owner alone."""
    path = VAR / "secrets" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text().strip()


def _secret(name: str) -> str:
    return env.str(name, default="") or _kept_secret(name.lower())


SECRET_KEY = _secret("SECRET_KEY")
# Keys the HMACs of tokens and of issuers' raw messages. Changing it ends every API token and invitation.
TOKEN_KEY = _secret("TOKEN_KEY")
# What the simulator signs its messages with, as a real issuer would with the endpoint secret it gave us.
SIMULATOR_SECRET = _secret("SIMULATOR_SECRET")

BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
ISSUER_URL = env.str("ISSUER_URL", default=BASE_URL).rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
SECURE = BASE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [BASE_URL]

# ---------------------------------------------------------------- applications

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "rest_framework",
    "template_partials",
    "accounts",
    "events",
    "wallet",
    "cards",
    "receipts",
    "expenses",
    "bookkeeping",
    "pleo.pages",
]

MIDDLEWARE = [
    "pleo.middleware.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pleo.middleware.Sessions",
    "pleo.middleware.Company",
    "pleo.middleware.Region",
    "pleo.middleware.Toasts",
]

ROOT_URLCONF = env.str("PLEO_URLCONF", default="pleo.urls")
# The issuers' own process: signed machines alone, a till waiting, no sessions and no pages. `pleo.wsgi` takes its middleware.
IS_ISSUER_DOOR = ROOT_URLCONF == "pleo.urls_issuer"
DOOR_MIDDLEWARE = ["pleo.middleware.RequestId"]
WSGI_APPLICATION = "pleo.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pleo.context.shell",
            ],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django_htmx.templatetags.django_htmx",
                "template_partials.templatetags.partials",
                "pleo.lib.tags",
            ],
        },
    }
]

# ---------------------------------------------------------------- database

DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR / 'pleo.sqlite3'}"),
}
# The issuer's doors must answer within two seconds: their process sets this, so that a lock never eats the decision.
DATABASE_TIMEOUT = env.float("DATABASE_TIMEOUT", default=20.0)


def _tune(database: dict[str, Any]) -> None:
    """SQLite: one writer at a time, waiting its turn; PostgreSQL: a pool, and bounds on locks and statements."""
    if database["ENGINE"] == "django.db.backends.sqlite3":
        VAR.mkdir(parents=True, exist_ok=True)
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": DATABASE_TIMEOUT,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        }
        return
    milliseconds = int(DATABASE_TIMEOUT * 1000)
    longest = milliseconds * 3 if DATABASE_TIMEOUT > 5 else milliseconds
    database["OPTIONS"] = {
        **database.get("OPTIONS", {}),
        # Compiling a query of ours takes longer than running it: 8.1 of the 8.9 s of a list of 40,000 receipts went there.
        "options": f"-c lock_timeout={milliseconds} -c statement_timeout={longest} -c jit=off",
    }
    if IS_ISSUER_DOOR:
        # A connection for each of its few threads, kept and trusted: a pool and a check cost a till two round trips, and
        # `cards.decide` asks again on a fresh one when it was dead. Statements are prepared; a PgBouncer older than 1.21 that
        # pools by transaction cannot keep them: DATABASE_PREPARE=0.
        database["CONN_MAX_AGE"] = None
        database["OPTIONS"]["prepare_threshold"] = env.int("DATABASE_PREPARE", default=5) or None
        return
    database["OPTIONS"]["pool"] = {
        "min_size": 1, "max_size": env.int("DATABASE_POOL", default=12), "timeout": DATABASE_TIMEOUT,
    }  # fmt: skip
    database["CONN_MAX_AGE"] = 0
    database["CONN_HEALTH_CHECKS"] = True


_tune(DATABASES["default"])
if env.str("REPLICA_URL", default=""):
    DATABASES["replica"] = env.db_url("REPLICA_URL")
    DATABASES["replica"]["TEST"] = {"MIRROR": "default"}
    _tune(DATABASES["replica"])
EMBEDDED = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---------------------------------------------------------------- queue and cache

REDIS_URL = env.str("REDIS_URL", default="")
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "pleo"}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
}
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "receipts.tasks.process": {"queue": "receipts"},
    "receipts.tasks.take_mail": {"queue": "receipts"},
    "bookkeeping.tasks.*": {"queue": "exports"},
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat")
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    name.replace(".tasks.", "."): {"task": name, "schedule": schedule}
    for name, schedule in {
        "accounts.tasks.sweep_invitations": 30.0,
        "accounts.tasks.forget_idempotency_keys": timedelta(hours=1),
        "cards.tasks.sweep_messages": 15.0,
        "cards.tasks.expire_authorizations": 60.0,
        "cards.tasks.sweep_cards": 60.0,
        "cards.tasks.sweep_consents": 10.0,
        "cards.tasks.reconcile_issuers": timedelta(hours=1),
        "cards.tasks.sweep_reconciliations": 30.0,
        "cards.tasks.sweep_bulk_cards": 15.0,
        "wallet.tasks.charge_fees": timedelta(hours=1),
        "wallet.tasks.sweep_statements": 15.0,
        "wallet.tasks.tend_wallets": 30.0,
        "wallet.tasks.verify_ledgers": timedelta(hours=1),
        "receipts.tasks.sweep_receipts": 15.0,
        "receipts.tasks.collect_orphans": timedelta(days=1),
        "receipts.tasks.collect_mail": 15.0,
        "receipts.tasks.sweep_mail": 15.0,
        "receipts.tasks.forget_mail": timedelta(days=1),
        "expenses.tasks.sweep_authorizations": 15.0,
        "expenses.tasks.sweep_clearings": 15.0,
        "expenses.tasks.sweep_matches": 15.0,
        "expenses.tasks.sweep_bulk_edits": 15.0,
        "expenses.tasks.sweep_policies": 15.0,
        "expenses.tasks.sweep_routes": 30.0,
        "expenses.tasks.chase_receipts": timedelta(minutes=10),
        "expenses.tasks.tend_receipt_locks": timedelta(minutes=10),
        "expenses.tasks.sweep_rule_runs": 15.0,
        "expenses.tasks.sweep_imports": 15.0,
        "expenses.tasks.mail_reviews": 60.0,
        "expenses.tasks.sweep_balances": timedelta(minutes=5),
        "expenses.tasks.propose_runs": timedelta(hours=1),
        "expenses.tasks.tend_requests": 60.0,
        "expenses.tasks.settle_payouts": 15.0,
        "expenses.tasks.fetch_rates": timedelta(hours=6),
        "expenses.tasks.watch_budgets": timedelta(minutes=10),
        "bookkeeping.tasks.sweep_sources": 15.0,
        "bookkeeping.tasks.sweep_all_sources": timedelta(hours=1),
        "bookkeeping.tasks.sweep_exports": 15.0,
        "bookkeeping.tasks.erase_tonight": timedelta(days=1),
        "bookkeeping.tasks.finish_erasures": timedelta(minutes=10),
        "events.tasks.sweep_notifications": 30.0,
        "events.tasks.sweep_deliveries": 15.0,
        "events.tasks.seal_events": 60.0,
        "pleo.pages.tasks.check_books": timedelta(days=1),
    }.items()
}

# Where newer reference rates come from, such as https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist-90d.xml. Empty: not at all.
ECB_RATES_URL = env.str("ECB_RATES_URL", default="")

# ---------------------------------------------------------------- files

S3_BUCKET = env.str("S3_BUCKET", default="")
S3_ENDPOINT = env.str("S3_ENDPOINT", default="")
# The origin that a browser loads signed files from; it stands in the content security policy.
S3_ORIGIN = env.str("S3_ORIGIN", default=S3_ENDPOINT or (f"https://{S3_BUCKET}.s3.amazonaws.com" if S3_BUCKET else ""))
FILE_URL_SECONDS = env.int("FILE_URL_SECONDS", default=300)
MEDIA_ROOT = VAR / "media"
MEDIA_URL = "/files/"
_s3_options = {
    "bucket_name": S3_BUCKET,
    "endpoint_url": S3_ENDPOINT or None,
    "access_key": env.str("S3_ACCESS_KEY", default="") or None,
    "secret_key": env.str("S3_SECRET_KEY", default="") or None,
    "region_name": env.str("S3_REGION", default="") or None,
    "addressing_style": env.str("S3_ADDRESSING", default="path" if S3_ENDPOINT else "auto"),
    "file_overwrite": True,
    "default_acl": None,
    "querystring_auth": True,
    "querystring_expire": FILE_URL_SECONDS,
}
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "pleo.lib.s3.BucketStorage", "OPTIONS": _s3_options}
    if S3_BUCKET
    else {"BACKEND": "pleo.lib.files.DiskStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_HANDLERS = [
    "pleo.lib.uploads.CutOff",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
STATIC_URL = "/static/"
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [
    "jpg",
    "jpeg",
    "png",
    "gif",
    "webp",
    "zip",
    "gz",
    "br",
    "woff",
    "woff2",
    "ico",
    "map",
]
# A test that starts the product collects files there while others read the folder: the suite has one of its own.
STATIC_ROOT = (VAR if TESTING else BASE_DIR) / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
RECEIPT_MAX_BYTES = env.int("RECEIPT_MAX_BYTES", default=25 * 1024 * 1024)
# What reads text in pictures: rapidocr, none (people type what the receipt says), or remote: a model of one's own at an address, which
# then gets every picture (`receipts/reading/remote.py`).
RECEIPT_ENGINE = env.str("RECEIPT_ENGINE", default="rapidocr")
RECEIPT_ENGINE_URL = env.str("RECEIPT_ENGINE_URL", default="")
RECEIPT_ENGINE_TOKEN = env.str("RECEIPT_ENGINE_TOKEN", default="")
RECEIPT_ENGINE_SECONDS = env.int("RECEIPT_ENGINE_SECONDS", default=30)

# A virus scanner: tcp://host:3310 or unix:///run/clamav/clamd.ctl. With CLAMD_REQUIRED nothing is opened or given out before
# it has answered; otherwise what it cannot look at goes on unscanned.
CLAMD = env.str("CLAMD", default="")
CLAMD_REQUIRED = env.bool("CLAMD_REQUIRED", default=False)
CLAMD_SECONDS = env.float("CLAMD_SECONDS", default=20.0)

# ---------------------------------------------------------------- mail

EMAIL_URL = env.str("EMAIL_URL", default="")
MAIL_FOLDER = VAR / "mail"
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
else:
    EMAIL_BACKEND = "pleo.lib.mailbox.FolderBackend"
DEFAULT_FROM_EMAIL = env.str("FROM_EMAIL", default="Pleo <pleo@localhost>")

# ---------------------------------------------------------------- mail in (docs/mail-in.md)

# Where receipts are mailed to. Personal addresses are made from it: receipts+secret@host, or secret@host for *@host.
RECEIPTS_ADDRESS = env.str("RECEIPTS_ADDRESS", default="receipts@localhost")
# Doors of mail providers that are open (generic, postmark, mailgun, ses), and what they prove themselves with; several
# secrets while one is changed for another.
MAIL_HOOKS = env.list("MAIL_HOOKS", default=[])
MAIL_HOOK_SECRETS = env.list("MAIL_HOOK_SECRETS", default=[])
# A mailbox that is fetched from: imaps://user:password@host/INBOX. Fetched mail is moved to this folder of it.
IMAP_URL = env.str("IMAP_URL", default="")
IMAP_TAKEN = env.str("IMAP_TAKEN", default="Taken")
# A folder (maildir, or plain .eml files) that is looked into.
MAIL_INBOX = env.str("MAIL_INBOX", default=str(VAR / "inbox") if EMBEDDED else "")
# The name under which our own mail server writes Authentication-Results. Without it the From line is believed.
MAIL_AUTH_SERVER = env.str("MAIL_AUTH_SERVER", default="")
MAIL_MAX_BYTES = env.int("MAIL_MAX_BYTES", default=40 * 1024 * 1024)
MAIL_KEEP_DAYS = env.int("MAIL_KEEP_DAYS", default=30)

# ---------------------------------------------------------------- people and sign-in

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.sign_in_forms.LoginForm",
    "signup": "accounts.sign_in_forms.SignupForm",
    "reset_password": "accounts.sign_in_forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.sign_in_forms.ResetPasswordKeyForm",
    "change_password": "accounts.sign_in_forms.ChangePasswordForm",
    "set_password": "accounts.sign_in_forms.SetPasswordForm",
    "reauthenticate": "accounts.sign_in_forms.ReauthenticateForm",
    "add_email": "accounts.sign_in_forms.AddEmailForm",
}
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
ACCOUNT_PREVENT_ENUMERATION = True
MFA_FORMS = {
    "add_webauthn": "accounts.sign_in_forms.AddPasskeyForm",
    "authenticate_webauthn": "accounts.sign_in_forms.PasskeyForm",
    "login_webauthn": "accounts.sign_in_forms.PasskeyLoginForm",
    "reauthenticate_webauthn": "accounts.sign_in_forms.PasskeyProofForm",
}
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
MFA_TOTP_ISSUER = "Pleo"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
USERSESSIONS_TRACK_ACTIVITY = True
SIGNUP_OPEN = env.bool("SIGNUP_OPEN", default=True)
INVITATION_DAYS = 14

# ---------------------------------------------------------------- money in

# Where companies pay in, by currency: {"EUR": {"holder": "Pleo client account", "iban": "DE02...", "bic": "..."}}. Play money needs none.
TOP_UP_ACCOUNTS: dict[str, dict[str, str]] = env.json("TOP_UP_ACCOUNTS", default={})
# How long the simulator's bank takes to bring what a direct debit collects.
DIRECT_DEBIT_SECONDS = env.int("DIRECT_DEBIT_SECONDS", default=120)
# Bank statements larger than this are refused.
STATEMENT_MAX_BYTES = env.int("STATEMENT_MAX_BYTES", default=16 * 1024 * 1024)

# ---------------------------------------------------------------- issuers

# The systems that exports are pushed to. Without the secret of our app there, e-conomic is not offered.
ECONOMIC_URL = env.str("ECONOMIC_URL", default="https://restapi.e-conomic.com").rstrip("/")
ECONOMIC_APP_SECRET = env.str("ECONOMIC_APP_SECRET", default="")
# Webhooks go to public addresses by https alone, unless this says otherwise (a test bench, a network of one's own).
WEBHOOK_ALLOW_PRIVATE = env.bool("WEBHOOK_ALLOW_PRIVATE", default=False)

ISSUERS = env.list("ISSUERS", default=["simulator"])
# An authorization request that took longer than this was answered by the issuer's fallback; a later yes is a lie.
DECISION_SECONDS: float | None = env.float("DECISION_SECONDS", default=1.5) or None
# Stripe Issuing: the secret key asks, the publishable one goes to browsers, the endpoint secrets check what Stripe tells.
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_PUBLISHABLE_KEY = env.str("STRIPE_PUBLISHABLE_KEY", default="")
STRIPE_WEBHOOK_SECRETS = env.list("STRIPE_WEBHOOK_SECRETS", default=[])
# The address of every cardholder: street; postal code; city; country.
STRIPE_BILLING_ADDRESS = env.str("STRIPE_BILLING_ADDRESS", default="")
# Another address than Stripe's own, to practise against.
STRIPE_API = env.str("STRIPE_API", default="")
# Where Stripe publishes the key with which a browser encrypts a new PIN.
STRIPE_PIN_KEYS = env.str("STRIPE_PIN_KEYS", default="https://issuing-key.stripe.com/v1/keys")
# A processor that speaks ISO 8583: where we listen, who may call, and for TLS our certificate, its key and their authority.
ISO8583_HOST = env.str("ISO8583_HOST", default="127.0.0.1")
ISO8583_PORT = env.int("ISO8583_PORT", default=8583)
ISO8583_PEERS = env.list("ISO8583_PEERS", default=["127.0.0.1", "::1"])
ISO8583_TLS = env.list("ISO8583_TLS", default=[])
# How long a till of the simulator waits for us before the network answers in our place.
SIMULATOR_SECONDS = env.float("SIMULATOR_SECONDS", default=2.0)

# ---------------------------------------------------------------- language, region, time

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("da", _("Danish")), ("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# ---------------------------------------------------------------- security

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = False
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = SECURE and env.bool("SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, *(["https://js.stripe.com"] if "stripe" in ISSUERS else [])],
        # A page that shows a frame of our own adds itself.
        **({"frame-src": ["https://js.stripe.com"]} if "stripe" in ISSUERS else {}),
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *([S3_ORIGIN] if S3_ORIGIN else [])],
        "font-src": [SELF],
        "connect-src": [
            SELF,
            *([S3_ORIGIN] if S3_ORIGIN else []),
            *(["https://api.stripe.com"] if "stripe" in ISSUERS else []),
        ],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# ---------------------------------------------------------------- API

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.tokens.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.ScopedPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["pleo.lib.parsers.JsonParser"],
    "DEFAULT_PAGINATION_CLASS": "pleo.api.CursorPagination",
    "DEFAULT_SCHEMA_CLASS": "accounts.schema.Schema",
    "DEFAULT_THROTTLE_CLASSES": ["accounts.tokens.TokenThrottle"],
    "DEFAULT_THROTTLE_RATES": {"token": env.str("API_RATE", default="600/min")},
    "EXCEPTION_HANDLER": "pleo.api.exception_handler",
    "PAGE_SIZE": 50,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Pleo API",
    "DESCRIPTION": "Amounts are whole minor units with their ISO 4217 currency. Writes take an Idempotency-Key.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # Two columns called `status` with words of their own.
    "ENUM_NAME_OVERRIDES": {
        "AuthorizationStatus": "cards.models.AuthorizationStatus",
        "ReceiptStatus": "receipts.models.ReceiptStatus",
        "BudgetInterval": "expenses.models.BudgetInterval",
        "MailStatus": "receipts.models.MailStatus",
    },
}

# Columns called "kind", "state" and "status" hold other words in every table: their generated names need no warning each.
SILENCED_SYSTEM_CHECKS = ["drf_spectacular.W001"]

# ---------------------------------------------------------------- logs

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # It would write down addresses and Stripe's own sentences, which may repeat what was sent.
    "loggers": {"stripe": {"level": "WARNING"}},
}
