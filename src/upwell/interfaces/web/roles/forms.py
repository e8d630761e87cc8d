"""The search for a role."""

from django import forms
from django.utils.translation import gettext_lazy as _


class RoleSearch(forms.Form):
    """A word of the role's name or of its ladder."""

    q = forms.CharField(label=_("Role or job family"), required=False, max_length=100)
