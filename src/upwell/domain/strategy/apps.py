"""The strategy app."""

from django.apps import AppConfig


class StrategyConfig(AppConfig):
    """Registers `upwell.domain.strategy`."""

    name = "upwell.domain.strategy"
    label = "strategy"
    default_auto_field = "django.db.models.BigAutoField"
