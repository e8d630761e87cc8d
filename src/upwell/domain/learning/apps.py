"""The learning app."""

from django.apps import AppConfig


class LearningConfig(AppConfig):
    """Registers `upwell.domain.learning`."""

    name = "upwell.domain.learning"
    label = "learning"
    default_auto_field = "django.db.models.BigAutoField"
