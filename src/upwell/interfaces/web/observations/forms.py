"""One anchored observation."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from upwell.interfaces.web.parts import Anchor


class ObservationForm(forms.Form):
    """Which level was seen, in one line, on which day."""

    category = forms.CharField(error_messages={"required": _("Choose the level that you saw.")})
    note = forms.CharField(
        label=_("What did you see?"),
        max_length=500,
        help_text=_("One line: the situation and what the person did. They can read it."),
    )
    observed_on = forms.DateField(label=_("On"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, anchors: Sequence[Anchor], today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.allowed = {anchor.value for anchor in anchors}
        self.today = today

    def clean_category(self) -> int:
        """The level chosen, which has to be one of those shown."""
        text = str(self.cleaned_data["category"])
        if text not in self.allowed:
            raise forms.ValidationError(_("Choose one of the levels shown."))
        return int(text)

    def clean_observed_on(self) -> dt.date:
        """The day it was seen, which is not to come."""
        on: dt.date = self.cleaned_data["observed_on"]
        if on > self.today:
            raise forms.ValidationError(_("That day is still to come."))
        return on
