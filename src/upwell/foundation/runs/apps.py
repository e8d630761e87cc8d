"""The runs app."""

from django.apps import AppConfig


class RunsConfig(AppConfig):
    """Registers `upwell.foundation.runs`."""

    name = "upwell.foundation.runs"
    label = "runs"
    default_auto_field = "django.db.models.BigAutoField"
