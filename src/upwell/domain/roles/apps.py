"""The roles app."""

from django.apps import AppConfig


class RolesConfig(AppConfig):
    """Registers `upwell.domain.roles`."""

    name = "upwell.domain.roles"
    label = "roles"
    default_auto_field = "django.db.models.BigAutoField"
