"""The plans app."""

from django.apps import AppConfig


class PlansConfig(AppConfig):
    """Registers `upwell.domain.plans`."""

    name = "upwell.domain.plans"
    label = "plans"
    default_auto_field = "django.db.models.BigAutoField"
