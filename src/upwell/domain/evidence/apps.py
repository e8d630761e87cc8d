"""The evidence app."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """Registers `upwell.domain.evidence`."""

    name = "upwell.domain.evidence"
    label = "evidence"
    default_auto_field = "django.db.models.BigAutoField"
