"""The feedback app."""

from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    """Registers `upwell.domain.sources.feedback`."""

    name = "upwell.domain.sources.feedback"
    label = "feedback"
    default_auto_field = "django.db.models.BigAutoField"
