"""The transfer app."""

from django.apps import AppConfig


class TransferConfig(AppConfig):
    """Registers `upwell.domain.transfer`."""

    name = "upwell.domain.transfer"
    label = "transfer"
    default_auto_field = "django.db.models.BigAutoField"
