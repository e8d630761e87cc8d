"""The capabilities app."""

from django.apps import AppConfig


class CapabilitiesConfig(AppConfig):
    """Registers `upwell.domain.capabilities`."""

    name = "upwell.domain.capabilities"
    label = "capabilities"
    default_auto_field = "django.db.models.BigAutoField"
