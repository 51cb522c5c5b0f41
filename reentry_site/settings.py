"""Every setting, in Django's order. The environment is read here and nowhere else, strictly: a value that is not
understood stops the start with one sentence, it is never guessed."""

import os
from importlib.util import find_spec
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from reentry_site import data_dir, mail_url, start_rules

BASE_DIR = Path(__file__).resolve().parent.parent


def _text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def _yes(name: str) -> bool:
    value = _text(name, "no").lower()
    if value not in {"yes", "no"}:
        raise ImproperlyConfigured(f"{name} is {value!r}. Write yes or no.")
    return value == "yes"


def _number(name: str, default: int, least: int = 1) -> int:
    value = _text(name, str(default))
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name} is {value!r}. Write a whole number, {least} or more.")
    return int(value)


def _secret(name: str) -> str:
    path = DATA_DIR / name
    try:
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{path} cannot be read ({error.strerror}). `make serve` makes it.") from error


def _database(url: str) -> dict:
    try:
        found = dj_database_url.parse(url)
    except ValueError as error:
        raise ImproperlyConfigured(
            "DATABASE_URL is not understood. Write postgres://USER:PASSWORD@HOST/NAME"
        ) from error
    if "postgresql" in found["ENGINE"] and find_spec("psycopg") is None:
        raise ImproperlyConfigured("DATABASE_URL names PostgreSQL; install its driver: make serve EXTRAS=postgres")
    if "postgresql" in found["ENGINE"]:
        found["OPTIONS"] = _POSTGRESQL | found.get("OPTIONS", {})
    return found


# PostgreSQL: a confirmed write is on its disk, whatever the server is set to, and a server that does not answer holds a
# client for two or three seconds, not for minutes.
_POSTGRESQL = {
    "connect_timeout": 2,  # seconds, for each address that the host's name has
    "tcp_user_timeout": 3000,  # milliseconds until what the other side does not acknowledge counts as lost
    "options": "-c synchronous_commit=on -c lock_timeout=2s",
}


DATA_DIR = Path(_text("DATA_DIR", str(BASE_DIR / "var"))).resolve()
CONTENT_DIR = Path(_text("CONTENT_DIR", str(BASE_DIR / "content"))).resolve()
PORT = _number("PORT", 8000)
WEB_WORKERS = _number("WEB_WORKERS", 2)
WEB_THREADS = _number("WEB_THREADS", 4)

# Set = public: names the hosts that readers use, and turns the strict rules on.
PUBLIC_HOSTS = _text("PUBLIC_HOSTS").replace(",", " ").split()
BEHIND_TLS = _yes("BEHIND_TLS")
# How many proxies of ours stand in front, each adding an address to X-Forwarded-For. 0: nobody's word is taken.
TRUSTED_PROXIES = _number("TRUSTED_PROXIES", 0, least=0)
PUBLIC = bool(PUBLIC_HOSTS)

DEBUG = False
SECRET_KEY = _secret(data_dir.SECRET_KEY)
KEYS_DIR = DATA_DIR / "keys"
# Where requests wait while the database is away; best on another disk than the database.
SPOOL_DIR = Path(_text("SPOOL_DIR", str(DATA_DIR / data_dir.SPOOL))).resolve()
ALLOWED_HOSTS = PUBLIC_HOSTS or ["127.0.0.1", "localhost", "[::1]"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "reentry_site.apps.DeskAdminConfig",
    "reentry_site",
    "reentry_site.pages",
    "reentry_site.accounts",
    "reentry_site.record",
    "intake",
]

MIDDLEWARE = [
    # What is finished needs nothing of the others: they were asked when it was made.
    "reentry_site.pages.delivery.FinishedPages",
    # First, so that every line that is logged while a request is answered says which one.
    "reentry_site.logs.NameTheRequest",
    # Above WhiteNoise, so that static files carry the headers too.
    "reentry_site.headers.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "reentry_site.leave.LeaveGuard",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "reentry_site.accounts.sign_off.SignOff",
]

# Pages that are the same for everyone, beside those of the content: drawn once for each edition.
FINISHED_VIEWS = ["intake:ask", "intake:yours", "pages:robots", "pages:sitemap"]

# What is for staff: an error there leads back to the desk, and "Leave this site" does not close it.
STAFF_SIDE = ("/admin/", "/account/")

ROOT_URLCONF = "reentry_site.urls"
WSGI_APPLICATION = "reentry_site.wsgi.application"
APPEND_SLASH = True

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
            ],
        },
    },
]

# SQLite: a confirmed write is on the disk (EXTRA), two writers wait instead of failing (IMMEDIATE), what is deleted is
# overwritten (secure_delete), and a file that has gone is an alarm, never an empty new one (mode=rw).
# Write-ahead logging is not used: a moved file lost confirmed rows in trials. See docs/decisions.md.
_SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": (DATA_DIR / data_dir.DATABASE).as_uri() + "?mode=rw",
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 1,
        "init_command": "PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=EXTRA; "
        "PRAGMA secure_delete=ON; PRAGMA cell_size_check=ON; "
        "PRAGMA recursive_triggers=ON",  # else INSERT OR REPLACE changes the record
    },
    # A plain path: tests run on a real file with the same pragmas.
    "TEST": {"NAME": str(DATA_DIR / "test.sqlite3")},
}
DATABASE_URL = _text("DATABASE_URL")
DATABASES = {"default": _database(DATABASE_URL) if DATABASE_URL else _SQLITE}
if PUBLIC and (
    broken := start_rules.broken(
        debug=DEBUG,
        hosts=PUBLIC_HOSTS,
        behind_tls=BEHIND_TLS,
        secret=DATA_DIR / data_dir.SECRET_KEY,
        keys=KEYS_DIR,
        database=DATABASES["default"] if DATABASE_URL else DATA_DIR / data_dir.DATABASE,
    )
):
    raise ImproperlyConfigured(" ".join(broken))

# Tries at signing in and codes that were used, shared by all workers. Django's usual 300 entries would let a stranger
# push out a limit that stands, or a used code.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# How staff are told that something waits. Not set: no mail. Django's own mails of errors go to nobody.
EMAIL_URL = _text("EMAIL_URL")
_MAIL = mail_url.parse(EMAIL_URL)
EMAIL_BACKEND = _MAIL.backend
EMAIL_HOST, EMAIL_PORT = _MAIL.host, _MAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL.user, _MAIL.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL.use_tls, _MAIL.use_ssl
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = _MAIL.sender
ADMINS = MANAGERS = []

# What a form may weigh (bytes). Files are taken nowhere: none is written to the disk.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
FILE_UPLOAD_HANDLERS = []

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# How staff sign in: a password and a second step, or a passkey (reentry_site/accounts).
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "reentry_site.accounts.passwords.NoClinicWords"},
    {"NAME": "reentry_site.accounts.passwords.NoRepeats"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
ACCOUNT_ADAPTER = "reentry_site.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
#: How long after signing in or confirming it staff may change password and second step (seconds).
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_ADAPTER = "reentry_site.accounts.adapters.MFAAdapter"
MFA_FORMS = {"activate_totp": "reentry_site.accounts.forms.AppForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Coming back: staff"
MFA_TOTP_TOLERANCE = 0  # with 1, a code that was used is taken again after half a minute
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PUBLIC  # http://localhost
USERSESSIONS_ADAPTER = "reentry_site.accounts.adapters.SessionsAdapter"
#: Staff are signed off after so long without a press, and after so long in any case (seconds).
SIGN_OFF_IDLE_SECONDS = 15 * 60
SIGN_OFF_LATEST_SECONDS = 10 * 60 * 60
#: What pages ask by themselves is no press; the open call card's word counts while it holds the call.
SIGN_OFF_NO_PRESS = {"admin:intake_callbackrequest_changes", "accounts:left"}
SIGN_OFF_HEARTBEAT = "admin:intake_callbackrequest_hold"

LANGUAGE_CODE = "en-us"
TIME_ZONE = "America/New_York"
USE_I18N = False
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# The headers middleware speaks for every answer; WhiteNoise's "*" would let other sites read our files.
WHITENOISE_ALLOW_ALL_ORIGINS = False
# Kept for good: what has a hash in its name, and fonts, which pages name without one. A changed font gets a new name.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+\.[0-9a-f]{12}\..+$|^/static/fonts/"
WHITENOISE_MIMETYPES = {".svg": "image/svg+xml; charset=utf-8"}  # by itself it tells the charset of text/* alone

# Staff only: a reader gets no cookie. `__Host-` needs Secure, so the names differ on loopback.
_COOKIE_PREFIX = "__Host-" if PUBLIC else ""
SESSION_COOKIE_NAME = f"{_COOKIE_PREFIX}staff"
SESSION_COOKIE_AGE = SIGN_OFF_LATEST_SECONDS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_SECURE = PUBLIC
CSRF_COOKIE_NAME = f"{_COOKIE_PREFIX}form"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = PUBLIC
CSRF_FAILURE_VIEW = "reentry_site.errors.forbidden"
# In the session: a cookie of their own would be a third one.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
LEAVE_COOKIE_NAME = f"{_COOKIE_PREFIX}leave"

SECURE_SSL_REDIRECT = PUBLIC
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked on this machine, without TLS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if PUBLIC else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PUBLIC
SECURE_HSTS_PRELOAD = PUBLIC
if BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SILENCED_SYSTEM_CHECKS = [
    "security.W002",  # X-Frame-Options is set by reentry_site.headers, on static files too
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": True,
    "formatters": {"allowed": {"()": "reentry_site.logs.AllowedFields"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "allowed"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # Named, because loggers that are not are switched off; gunicorn's own lines name addresses and paths.
    "loggers": {name: {"handlers": [], "propagate": True} for name in ("django", "gunicorn.error")},
}

# Where "Leave this site" goes: a page that anyone may have open.
LEAVE_TO = "https://www.weather.gov/"

PHONENUMBER_DEFAULT_REGION = "US"
#: How long one person holds a request before it frees itself (minutes).
CLAIM_MINUTES = 20
#: How long a card that stays on somebody's screen keeps it, without another press (minutes).
LONGEST_CLAIM_MINUTES = 60
#: How long what staff did last can be taken back (minutes).
UNDO_MINUTES = 10
#: How long after a try the next one is due at the earliest, by outcome (hours). The whole table: intake/cadence.py.
HOURS_TO_NEXT_TRY = {
    "reached": 24,
    "they_called": 24,
    "left_voicemail": 24,
    "text_sent": 24,
    "not_in_service": 24,
    "busy": 4,
}
#: The earliest day of each further call, counted from the day of the first one; after the last the request closes.
DAYS_OF_FURTHER_CALLS = (1, 3, 5, 10)
#: The call that is made in the evening where that can be: the third, on day 3.
EVENING_CALL = 3
#: At most one voicemail in so many days, where it is allowed at all.
VOICEMAIL_EVERY_DAYS = 3
#: How long the thank-you page can be opened again (seconds).
RECEIVED_SECONDS = 30 * 60
#: How long a closed request is kept, and one that was no request (days). The page "What we keep" says the same.
PURGE_AFTER_DAYS = 90
PURGE_SPAM_AFTER_DAYS = 30
#: How long a sign-up link for staff is good (seconds).
INVITATION_SECONDS = 30 * 60
#: How long a preview of a page can be opened by its link (seconds).
PREVIEW_SECONDS = 7 * 24 * 60 * 60
