"""The files app."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Registers `upwell.foundation.files`."""

    name = "upwell.foundation.files"
    label = "files"
    default_auto_field = "django.db.models.BigAutoField"
