"""Feedback given, asked for and answered."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from upwell.domain.sources.feedback.choices import Audience
from upwell.interfaces.web.parts import Anchor

AUDIENCES = [
    (Audience.SHARED.value, _("Shared: read by the receiver and their manager")),
    (Audience.PRIVATE.value, _("Private: read by the receiver only; the manager never sees it")),
]
Choices = Sequence[tuple[str, Any]]


class AnswerForm(forms.Form):
    """What one saw, at which level (if one wants to say), and who may read it."""

    text = forms.CharField(
        label=_("What did you see, and what did it lead to?"),
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One situation, what the person did, what came of it."),
    )
    category = forms.CharField(required=False, widget=forms.HiddenInput)
    audience = forms.ChoiceField(
        label=_("Who may read it"), choices=AUDIENCES, initial=Audience.SHARED.value, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, anchors: Sequence[Anchor] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.allowed = {anchor.value for anchor in anchors}

    def clean_category(self) -> int | None:
        """The level chosen, which has to be one of those shown."""
        text = self.cleaned_data["category"]
        if not text or not self.allowed:
            return None
        if text not in self.allowed:
            raise forms.ValidationError(_("Choose one of the levels shown, or none."))
        return int(text)


class GiveForm(AnswerForm):
    """Feedback out of the blue: to whom, about which capability."""

    receiver = forms.ChoiceField(label=_("To"))
    capability = forms.ChoiceField(label=_("About"), required=False)
    field_order = ("receiver", "text", "capability", "category", "audience")

    def __init__(self, *args: Any, people: Choices = (), capabilities: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["receiver"], [("", _("Choose a person")), *people])
        _offer(self.fields["capability"], [("", _("nothing in particular")), *capabilities])


class AskForm(forms.Form):
    """Who is asked, about what."""

    asked = forms.ChoiceField(label=_("Whom do you ask?"))
    capability = forms.ChoiceField(label=_("About"), required=False)
    message = forms.CharField(
        label=_("What would help you to know?"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A situation they have seen makes it easy to answer."),
    )

    def __init__(self, *args: Any, people: Choices = (), capabilities: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["asked"], [("", _("Choose a person")), *people])
        _offer(self.fields["capability"], [("", _("nothing in particular")), *capabilities])


def _offer(field: forms.Field, choices: Choices) -> None:
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)
