"""The gaps app."""

from django.apps import AppConfig


class GapsConfig(AppConfig):
    """Registers `upwell.domain.gaps`."""

    name = "upwell.domain.gaps"
    label = "gaps"
    default_auto_field = "django.db.models.BigAutoField"
