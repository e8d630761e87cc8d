"""The impact app."""

from django.apps import AppConfig


class ImpactConfig(AppConfig):
    """Registers `upwell.domain.impact`."""

    name = "upwell.domain.impact"
    label = "impact"
    default_auto_field = "django.db.models.BigAutoField"
