"""Django's settings: one module, read from top to bottom.

What a deployment may set is read through users_service.environment, which stops the
start on a bad value and says what to write.
"""

import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from users_service import environment
from users_service.api_settings import (  # noqa: F401 (settings of two libraries)
    REST_FRAMEWORK,
    SPECTACULAR_SETTINGS,
)
from users_service.databases import for_requests, postgresql, sqlite
from users_service.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Where it runs ------------------------------------------------------------------
NOT_PRODUCTION = {"DEMO", "DEVELOPMENT", "STAGING", "TRAINING", "TEST"}
ENVIRONMENT = environment.text("ENVIRONMENT", "PRODUCTION")
# A misspelt name must not switch the protections of production off.
IS_PRODUCTION = ENVIRONMENT not in NOT_PRODUCTION
DEBUG = False

ALLOW_DROP_DATA = environment.flag("ALLOW_DROP_DATA", default=False)
if ALLOW_DROP_DATA and IS_PRODUCTION:
    raise environment.fault(
        "ALLOW_DROP_DATA",
        "is true, but ENVIRONMENT is PRODUCTION, where nobody may drop all data",
        "false",
    )

BUILD_CIRCLE = environment.text("BUILD_CIRCLE", "unknown")
BUILD_HASH = environment.text("BUILD_HASH", "unknown")
BUILD_VERSION = environment.text("BUILD_VERSION", "unknown")

# --- Tokens -------------------------------------------------------------------------
# Empty outside PRODUCTION: no issuer is trusted then, and every token refused.
PROXY_URL = environment.text("PROXY_URL")
HS_KEY = environment.text("HS_KEY")
if IS_PRODUCTION:
    PROXY_URL = environment.required(
        "PROXY_URL",
        "tokens are checked against it (the platform's address, their issuer)",
        "https://dhos.example.com/",
    )
    HS_KEY = environment.required(
        "HS_KEY",
        "tokens are checked with it (the key the platform signs them with)",
        "<the platform's key, 32 bytes or more>",
    )
HS_KEY_PREVIOUS = environment.text("HS_KEY_PREVIOUS")
AUTH0_CUSTOM_DOMAIN = environment.text("AUTH0_CUSTOM_DOMAIN")
AUTH0_HS_KEY = environment.text("AUTH0_HS_KEY")
AUTH0_DOMAIN = environment.text("AUTH0_DOMAIN")
AUTH0_AUDIENCE = environment.text("AUTH0_AUDIENCE")
AUTH0_METADATA = environment.text(
    "AUTH0_METADATA", "https://gdm.sensynehealth.com/metadata"
)
AUTH0_SCOPE_KEY = environment.text(
    "AUTH0_SCOPE_KEY", AUTH0_METADATA.rpartition("/")[0] + "/scope"
)
AUTH0_JWKS_URL = environment.text(
    "AUTH0_JWKS_URL", AUTH0_DOMAIN and AUTH0_DOMAIN + ".well-known/jwks.json"
)
JWT_LEEWAY = environment.integer("JWT_LEEWAY", 10, minimum=0, maximum=300)
JWKS_COOLDOWN_SECONDS = environment.integer(
    "JWKS_COOLDOWN_SECONDS", 30, minimum=1, maximum=3600
)
# Polaris deployments set it; there is no such switch here, and a warning says so.
JWT_VALIDATION_UNWANTED = environment.text(
    "IGNORE_JWT_VALIDATION", "false"
).lower() not in ("false", "0")

# --- HTTP ---------------------------------------------------------------------------
MAX_BODY_BYTES = environment.integer("MAX_BODY_BYTES", 2**20, minimum=1, maximum=2**30)
MAX_BULK_BODY_BYTES = environment.integer(
    "MAX_BULK_BODY_BYTES", 64 * 2**20, minimum=1, maximum=2**31
)
# How long a request's head, its body and the reading of its answer may each keep the
# server waiting. So many bytes give back a second, so slower clients are cut off.
CLIENT_IDLE_SECONDS = environment.integer(
    "CLIENT_IDLE_SECONDS", 30, minimum=1, maximum=3600
)
CLIENT_MIN_BYTES_PER_SECOND = environment.integer(
    "CLIENT_MIN_BYTES_PER_SECOND", 500, minimum=1, maximum=2**30
)
# What large answers of a worker hold together while their readers take them (ADR 11).
MAX_SPOOLED_BYTES = environment.integer(
    "MAX_SPOOLED_BYTES", 2**33, minimum=2**20, maximum=2**50
)
SPOOL_FOLDER = environment.folder("SPOOL_FOLDER")
MAX_LIST_MEMBERS = environment.integer(
    "MAX_LIST_MEMBERS", 1000, minimum=1, maximum=10**5
)
ALLOWED_HOSTS = environment.listing("ALLOWED_HOSTS", "*")
CSRF_TRUSTED_ORIGINS = environment.listing("CSRF_TRUSTED_ORIGINS")
ROOT_URLCONF = "users_service.urls"
WSGI_APPLICATION = "users_service.wsgi.application"
APPEND_SLASH = False
# From the outside in; the first sees every answer, whoever gave it.
MIDDLEWARE = [
    "users_service.middleware.RequestMiddleware",
    "users_service.middleware.ContentSecurityPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "users_service.middleware.ConditionalMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "users_service.middleware.AdminAddressMiddleware",
    "users_service.staff_middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "users_service.staff_middleware.AuthenticationMiddleware",
    "users_service.staff_middleware.OTPMiddleware",
    "users_service.staff_middleware.MessageMiddleware",
]
LOGIN_REDIRECT_URL = "admin:index"
CSRF_FAILURE_VIEW = "users_service.problems.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Plain http is how `make run` and test set-ups are reached, so only PRODUCTION
# insists on https for the staff's cookies.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
# Browsers take a cookie of such a name from this very host alone, and over https alone.
_OF_THIS_HOST = "__Host-" if IS_PRODUCTION else ""
SESSION_COOKIE_NAME = f"{_OF_THIS_HOST}sessionid"
CSRF_COOKIE_NAME = f"{_OF_THIS_HOST}csrftoken"
# A long shift, from the password on, and a break in it (users_service.staff_sessions).
SESSION_COOKIE_AGE = 12 * 60 * 60
STAFF_IDLE_SECONDS = 30 * 60
# TLS ends at the proxy, which owns HSTS (W004) and the redirect to https (W008);
# sister services call this one over plain http inside the platform's network.
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]
# Of axes: its middleware would see every request, where the login page alone needs it
# (users_service.staff_lockout); and staff share one address, the proxy's.
SILENCED_SYSTEM_CHECKS += ["axes.W002", "axes.W006"]

# --- Staff accounts and the admin ---------------------------------------------------
SECRET_KEY_IS_SET = bool(environment.text("SECRET_KEY"))
# Without a key of its own the API still runs, on one that ends with the process; staff
# sessions would not survive a restart, so in PRODUCTION the admin stays off.
SECRET_KEY = environment.text("SECRET_KEY", secrets.token_urlsafe(50))
ADMIN_ENABLED = SECRET_KEY_IS_SET or not IS_PRODUCTION
PASSWORD_HASHERS = [
    "clinicians.hashers.ClinicianArgon2PasswordHasher",
    "clinicians.hashers.PolarisScryptPasswordHasher",
]
VALIDATORS = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"{VALIDATORS}.UserAttributeSimilarityValidator"},
    {"NAME": f"{VALIDATORS}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{VALIDATORS}.CommonPasswordValidator"},
    {"NAME": f"{VALIDATORS}.NumericPasswordValidator"},
]
# The first keeps out who is locked out, the second logs in everybody else.
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
# Else whoever goes on guessing could keep the account's owner out for good.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_HANDLER = "users_service.staff_lockout.StaffLockoutHandler"
AXES_USERNAME_CALLABLE = "users_service.staff_lockout.username_hash"
AXES_CLIENT_STR_CALLABLE = "users_service.staff_lockout.client_text"
AXES_CLIENT_IP_CALLABLE = "users_service.staff_lockout.no_address"
# Attempts are counted, not kept; there is nothing in them for staff to read.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# Whether everybody needs a second factor. Who has set one up is always asked for it.
STAFF_SECOND_FACTOR = environment.flag("STAFF_SECOND_FACTOR", default=False)
# What an authenticator app shows beside the code.
OTP_TOTP_ISSUER = "Clinician user store"

# --- Threads ------------------------------------------------------------------------
# Per worker. A login waits for its turn to hash and holds a thread meanwhile, so there
# are many more than are ever at work. With 100 logins in flight on two cores, the p99
# of a read was 108, 79, 67 and 63 ms with 8, 16, 32 and 64 threads, and of the logins
# 75, 70, 63 and 30 % were sent away (benchmarks/login_storm.py).
THREADS = environment.integer("THREADS", 64, minimum=1, maximum=256)
# The other quarter is left to other routes, however many log in.
LOGINS_IN_LINE = max(1, THREADS * 3 // 4)

# --- Clinicians' logins -------------------------------------------------------------
# After this many failures in a row an account is locked for a while.
LOGIN_FAILURES_PER_LOCK = environment.integer(
    "LOGIN_FAILURES_PER_LOCK", 10, minimum=1, maximum=1000
)
# Per process; each hash takes a core, and other routes want some as well.
HASHES_AT_ONCE = environment.integer(
    "HASHES_AT_ONCE", max(1, (os.cpu_count() or 1) // 8), minimum=1, maximum=256
)

# --- Apps ---------------------------------------------------------------------------
INSTALLED_APPS = [
    "users_service.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "users_service.apps.UsersServiceConfig",
    "users_service.journal",
    "roles",
    "clinicians",
    "bookmarks",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Before the apps', so that Django's own pages of the admin can be replaced.
        "DIRS": [BASE_DIR / "users_service/templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "static/"
# Straight from the installed packages: nothing to collect, no root to write to.
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
# Looked up when asked for, where every test has a client that would scan them anew.
WHITENOISE_AUTOREFRESH = ENVIRONMENT == "TEST"
STORAGES = {
    "staticfiles": {"BACKEND": "users_service.static_files.PrefixedStaticFilesStorage"}
}

# --- Database -----------------------------------------------------------------------
DATABASE_HOST = environment.text("DATABASE_HOST")
DATABASES = {
    "default": postgresql(DATABASE_HOST, THREADS) if DATABASE_HOST else sqlite(BASE_DIR)
}
# What it is for requests: the server (users_service.wsgi) takes its place. Commands go
# to PostgreSQL itself, since some keep a lock or a temporary table for a session.
LOCK_WAIT_SECONDS = environment.integer("LOCK_WAIT_SECONDS", 2, minimum=1, maximum=60)
DATABASE_OF_REQUESTS = for_requests(DATABASES["default"], LOCK_WAIT_SECONDS)

# --- Events -------------------------------------------------------------------------
# Stored with each change; `manage.py publish_events` takes them to RabbitMQ.
RABBITMQ_HOST = environment.text("RABBITMQ_HOST")
RABBITMQ_TLS = environment.flag("RABBITMQ_TLS", default=False)
RABBITMQ_TLS_CA = environment.text("RABBITMQ_TLS_CA")
RABBITMQ_PORT = environment.integer(
    "RABBITMQ_PORT", 5671 if RABBITMQ_TLS else 5672, minimum=1, maximum=65535
)
RABBITMQ_USERNAME = environment.text("RABBITMQ_USERNAME", "guest")
RABBITMQ_PASSWORD = environment.text("RABBITMQ_PASSWORD", "guest")
RABBITMQ_VHOST = environment.text("RABBITMQ_VHOST", "/")
RABBITMQ_COMPRESSION = environment.choice_or_none(
    "RABBITMQ_COMPRESSION", "bzip2", ("bzip2", "gzip", "lzma")
)
EVENTS_ENABLED = bool(RABBITMQ_HOST) and not environment.flag(
    "RABBITMQ_DISABLED", default=False
)
EVENTS_BATCH_BYTES = environment.integer(
    "EVENTS_BATCH_BYTES", 2**25, minimum=2**16, maximum=2**31
)
EVENTS_KEEP_DAYS = environment.integer("EVENTS_KEEP_DAYS", 7, minimum=0, maximum=3650)
EVENTS_ALARM_SECONDS = environment.integer(
    "EVENTS_ALARM_SECONDS", 900, minimum=1, maximum=604_800
)

# --- Language and time --------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
USE_TZ = True
TIME_ZONE = "UTC"
# The days that contracts end on, and products are opened on, are counted there.
LOCAL_TIME_ZONE = environment.time_zone("LOCAL_TIME_ZONE", "UTC")

# --- Logs ---------------------------------------------------------------------------
LOG_LEVEL = environment.choice(
    "LOG_LEVEL", "INFO", ("CRITICAL", "ERROR", "WARNING", "WARN", "INFO", "DEBUG")
)
LOG_FORMAT = environment.choice("LOG_FORMAT", "JSON", ("JSON", "PLAIN", "COLOUR"))
LOGGING_CONFIG = "users_service.logs.configure"
LOGGING = logging_config(LOG_LEVEL, LOG_FORMAT)
