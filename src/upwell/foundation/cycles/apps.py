"""The cycles app."""

from django.apps import AppConfig


class CyclesConfig(AppConfig):
    """Registers `upwell.foundation.cycles`."""

    name = "upwell.foundation.cycles"
    label = "cycles"
    default_auto_field = "django.db.models.BigAutoField"
