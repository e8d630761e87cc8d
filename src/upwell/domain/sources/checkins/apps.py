"""The checkins app."""

from django.apps import AppConfig


class CheckinsConfig(AppConfig):
    """Registers `upwell.domain.sources.checkins`."""

    name = "upwell.domain.sources.checkins"
    label = "checkins"
    default_auto_field = "django.db.models.BigAutoField"
