"""Settings for tests: a fast private server of its own, cheap passwords, mail kept in memory."""

import os

os.environ.setdefault("UPWELL_SECRET_KEY", "for-tests-only")
os.environ.setdefault("UPWELL_DATABASE_POOL", "0")

from upwell.config import database
from upwell.config.postgres import Server
from upwell.config.settings import *  # noqa: F403
from upwell.config.settings import DATABASE_URL, DATABASES, STATIC_ROOT, STORAGES, VAR

if not DATABASE_URL:
    DATABASE_SERVER = Server(VAR / "test", durable=False)
    DATABASES["default"] = database.private(DATABASE_SERVER, pool=0)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["default"] = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
ALLOWED_HOSTS = ["*"]
AXES_ENABLED = False
VAR.mkdir(exist_ok=True, mode=0o700)
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
