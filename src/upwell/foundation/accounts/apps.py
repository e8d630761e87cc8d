"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers `upwell.foundation.accounts`."""

    name = "upwell.foundation.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
