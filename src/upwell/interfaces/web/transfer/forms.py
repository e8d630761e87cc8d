"""A commitment, an answer to "did you use it?", and a re-rating. Each is meant for under a minute on a phone."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

OBSTACLES = (
    ("no_occasion", _("No occasion came up")),
    ("no_time", _("No time")),
    ("no_tool", _("A tool, access or data was missing")),
    ("no_support", _("Others wanted it done as before")),
    ("unsure_how", _("I was not sure how")),
)


class CommitmentForm(forms.Form):
    """When X, I will Y."""

    when = forms.CharField(
        label=_("When …"), max_length=300, help_text=_("A situation that will come, such as “the next design review”.")
    )
    will = forms.CharField(
        label=_("… I will"), max_length=300, help_text=_("One thing that somebody else could see you do.")
    )


class LogForm(forms.Form):
    """Used or not, in a sentence."""

    used = forms.ChoiceField(
        label=_("Did you use it?"),
        choices=[("yes", _("Yes, I used it")), ("no", _("No, not yet"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say whether you used it.")},
    )
    what = forms.CharField(
        label=_("What happened?"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("A sentence is enough. Needed if you used it."),
    )
    obstacle = forms.ChoiceField(
        label=_("What was in the way?"),
        required=False,
        choices=[("", _("nothing")), *OBSTACLES],
        help_text=_("Needed if you did not."),
    )

    def clean(self) -> dict[str, Any]:
        """Either the use or the obstacle has to be told."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("used") == "yes" and not (data.get("what") or "").strip():
            self.add_error("what", _("Say in a sentence what you did."))
        if data.get("used") == "no" and not data.get("obstacle"):
            self.add_error("obstacle", _("Say what was in the way; that is what can be changed."))
        return data

    @property
    def obstacle_words(self) -> str:
        """The obstacle as it is kept and counted: one of the fixed phrases, in English."""
        chosen = self.cleaned_data["obstacle"]
        return ENGLISH.get(chosen, "") if self.cleaned_data["used"] == "no" else ""


ENGLISH = {
    "no_occasion": "No occasion came up",
    "no_time": "No time",
    "no_tool": "A tool, access or data was missing",
    "no_support": "Others wanted it done as before",
    "unsure_how": "Not sure how",
}


class PlanForm(forms.Form):
    """When to look again."""

    due_on = forms.DateField(
        label=_("Look again on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
