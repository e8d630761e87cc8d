"""The people app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Registers `upwell.foundation.people`."""

    name = "upwell.foundation.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
