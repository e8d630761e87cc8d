"""The audit app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Registers `upwell.foundation.audit`."""

    name = "upwell.foundation.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"
