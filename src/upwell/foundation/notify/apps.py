"""The notify app."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """Registers `upwell.foundation.notify`."""

    name = "upwell.foundation.notify"
    label = "notify"
    default_auto_field = "django.db.models.BigAutoField"
