"""The records app."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Registers `upwell.domain.records`."""

    name = "upwell.domain.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"
