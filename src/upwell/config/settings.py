"""Every setting of the product. What an installation may choose comes from the environment.

The page docs/reference/settings.md explains each variable.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

from upwell.config import database
from upwell.config.environment import Environment
from upwell.config.postgres import Server
from upwell.config.secret import secret_key

environment = Environment(os.environ)

PACKAGE = Path(__file__).resolve().parents[1]
CHECKOUT = PACKAGE.parents[1]
VAR = environment.path(
    "UPWELL_VAR", (CHECKOUT if (CHECKOUT / "pyproject.toml").is_file() else Path.cwd()) / "var"
)

# Addresses and defence
PUBLIC_URL = environment.text("UPWELL_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
_address = urlsplit(PUBLIC_URL)
_secure = _address.scheme == "https"
DEBUG = environment.switch("UPWELL_DEBUG", default=False)
STYLE_PAGE = environment.switch("UPWELL_STYLE_PAGE", default=DEBUG)
SECRET_KEY = environment.text("UPWELL_SECRET_KEY") or secret_key(VAR)
ALLOWED_HOSTS = environment.items(
    "UPWELL_ALLOWED_HOSTS", (_address.hostname or "127.0.0.1", "127.0.0.1", "localhost", "[::1]")
)
CSRF_TRUSTED_ORIGINS = environment.items("UPWELL_TRUSTED_ORIGINS", (PUBLIC_URL,))
SESSION_COOKIE_SECURE = _secure
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "upwell_session"
SESSION_COOKIE_AGE = 60 * 60 * environment.integer("UPWELL_SESSION_HOURS", 24 * 14)
CSRF_COOKIE_SECURE = _secure
CSRF_COOKIE_NAME = "upwell_csrf"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = _secure and environment.switch("UPWELL_REDIRECT_TO_HTTPS", default=True)
SECURE_HSTS_SECONDS = environment.integer("UPWELL_HSTS_SECONDS", 60 * 60 * 24 * 30) if _secure else 0
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if environment.switch("UPWELL_BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Database
DATABASE_URL = environment.text("DATABASE_URL")
DATABASE_SERVER = None if DATABASE_URL else Server(VAR)
DATABASES = {
    "default": database.private(DATABASE_SERVER, pool=database.pool_size(environment))
    if DATABASE_SERVER
    else database.named(DATABASE_URL, pool=database.pool_size(environment))
}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Apps, lowest floor first
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
    "upwell.foundation.accounts",
    "upwell.foundation.audit",
    "upwell.foundation.files",
    "upwell.foundation.runs",
    "upwell.foundation.people",
    "upwell.foundation.cycles",
    "upwell.foundation.notify",
    "upwell.domain.capabilities",
    "upwell.domain.records",
    "upwell.domain.strategy",
    "upwell.domain.roles",
    "upwell.domain.evidence",
    "upwell.domain.sources.reviews",
    "upwell.domain.sources.feedback",
    "upwell.domain.sources.checkins",
    "upwell.domain.sources.goals",
    "upwell.domain.sources.kpis",
    "upwell.domain.gaps",
    "upwell.domain.learning",
    "upwell.domain.diagnosis",
    "upwell.domain.plans",
    "upwell.domain.transfer",
    "upwell.domain.impact",
    "upwell.domain.intake",
    "upwell.interfaces.web",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
    "django_cotton.apps.SimpleAppConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "upwell.interfaces.web.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "upwell.config.urls"
WSGI_APPLICATION = "upwell.config.wsgi.application"

# Pages
_loaders = [
    "django_cotton.cotton_loader.Loader",
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "interfaces" / "web" / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    _loaders if DEBUG else [("django.template.loaders.cached.Loader", _loaders)],
                )
            ],
            "builtins": ["django_cotton.templatetags.cotton", "template_partials.templatetags.partials"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "upwell.interfaces.web.navigation.shell",
                "upwell.interfaces.web.demonstration.entrance",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
COTTON_DIR = "components"
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR / "files", "file_permissions_mode": 0o600},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None

# Language and time
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [PACKAGE / "locale"]

# Sign-in
AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
DEMONSTRATION_FILE = VAR / "demonstration.json"
ACCOUNT_ADAPTER = "upwell.interfaces.web.adapter.InvitedOnly"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_TOTP_ISSUER = "Upwell"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _secure
AXES_FAILURE_LIMIT = environment.integer("UPWELL_SIGN_IN_ATTEMPTS", 10)
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "upwell.interfaces.web.adapter.name_at_sign_in"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# Mail
DEFAULT_FROM_EMAIL = environment.text("UPWELL_MAIL_FROM", "Upwell <upwell@localhost>")
EMAIL_HOST = environment.text("UPWELL_MAIL_HOST")
EMAIL_PORT = environment.integer("UPWELL_MAIL_PORT", 587)
EMAIL_HOST_USER = environment.text("UPWELL_MAIL_USER")
EMAIL_HOST_PASSWORD = environment.text("UPWELL_MAIL_PASSWORD")
EMAIL_USE_TLS = environment.switch("UPWELL_MAIL_TLS", default=True)
EMAIL_TIMEOUT = 20
EMAIL_FILE_PATH = VAR / "mail"
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if EMAIL_HOST
    else "django.core.mail.backends.filebased.EmailBackend"
)

# Background work
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
PROCRASTINATE_IMPORT_PATHS = ["upwell.foundation.runs.jobs"]
WORKER_CONCURRENCY = environment.integer("UPWELL_WORKER_CONCURRENCY", 2)
WORKER_SILENCE_SECONDS = 90

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": environment.text("UPWELL_LOG_LEVEL", "WARNING")},
}
