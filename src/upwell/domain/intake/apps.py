"""The intake app."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Registers `upwell.domain.intake`."""

    name = "upwell.domain.intake"
    label = "intake"
    default_auto_field = "django.db.models.BigAutoField"
