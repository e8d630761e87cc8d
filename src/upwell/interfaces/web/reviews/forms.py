"""The rating of one capability, the words of a review, and a need seen while writing it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from upwell.domain.capabilities.queries import LevelRow
from upwell.domain.gaps.choices import NeedKind
from upwell.interfaces.web.parts import Anchor
from upwell.interfaces.web.ratings import as_anchors

NOT_SEEN = "–"


class AnswerForm(forms.Form):
    """A level with its anchors, or that not enough was seen."""

    category = forms.ChoiceField(
        error_messages={"required": _("Choose the level you have seen, or say that you have not seen enough.")}
    )
    comment = forms.CharField(
        label=_("What did you see?"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One or two situations say more than an adjective."),
    )

    def __init__(self, *args: Any, levels: Sequence[LevelRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.anchors = as_anchors(levels)
        self.anchors.append(Anchor(NOT_SEEN, str(_("Not enough seen")), str(_("No rating is better than a guess."))))
        category = self.fields["category"]
        assert isinstance(category, forms.ChoiceField)
        category.choices = [(anchor.value, anchor.label) for anchor in self.anchors]

    @property
    def rating(self) -> int | None:
        """The level chosen; None where not enough was seen."""
        value = self.cleaned_data["category"]
        return None if value == NOT_SEEN else int(value)


class WordsForm(forms.Form):
    """What was achieved, how, and ready for what: three fields that are never mixed."""

    achieved = forms.CharField(
        label=_("What was achieved"),
        required=False,
        max_length=8_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Outcomes: goals, results, deliveries."),
    )
    strengths = forms.CharField(
        label=_("How: strengths to build on"),
        required=False,
        max_length=8_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Behaviour: what the person does that helps others and the work."),
    )
    readiness = forms.CharField(
        label=_("Readiness"),
        required=False,
        max_length=8_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Ready for what, and what shows it?"),
    )


class NeedForm(forms.Form):
    """A need of development, typed."""

    kind = forms.ChoiceField(label=_("What kind of need?"), choices=NeedKind.choices)
    note = forms.CharField(
        label=_("What would be different if it were met?"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
