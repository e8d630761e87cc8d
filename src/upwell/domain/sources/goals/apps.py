"""The goals app."""

from django.apps import AppConfig


class GoalsConfig(AppConfig):
    """Registers `upwell.domain.sources.goals`."""

    name = "upwell.domain.sources.goals"
    label = "goals"
    default_auto_field = "django.db.models.BigAutoField"
