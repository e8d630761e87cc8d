"""The reviews app."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """Registers `upwell.domain.sources.reviews`."""

    name = "upwell.domain.sources.reviews"
    label = "reviews"
    default_auto_field = "django.db.models.BigAutoField"
