"""The kpis app."""

from django.apps import AppConfig


class KpisConfig(AppConfig):
    """Registers `upwell.domain.sources.kpis`."""

    name = "upwell.domain.sources.kpis"
    label = "kpis"
    default_auto_field = "django.db.models.BigAutoField"
