"""The diagnosis app."""

from django.apps import AppConfig


class DiagnosisConfig(AppConfig):
    """Registers `upwell.domain.diagnosis`."""

    name = "upwell.domain.diagnosis"
    label = "diagnosis"
    default_auto_field = "django.db.models.BigAutoField"
