"""Arrows between tables, which no import shows."""

from collections.abc import Iterator

from django.apps import apps
from django.db import models

from upwell.lib.facts import Facts

STAIRCASE = [
    {"accounts"},
    {"audit"},
    {"people", "runs", "files"},
    {"notify", "cycles"},
    {"capabilities", "records"},
    {"strategy"},
    {"roles"},
    {"evidence"},
    {"gaps", "learning", "reviews", "feedback", "checkins", "goals", "kpis"},
    {"diagnosis"},
    {"plans"},
    {"transfer"},
    {"impact"},
    {"intake"},
]
DAY_WORDS = {"on", "as_of", "since", "month"}
STEP = {label: number for number, labels in enumerate(STAIRCASE) for label in labels}


def own_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("upwell.")]


def relations() -> Iterator[tuple[type[models.Model], "models.ForeignKey[models.Model, models.Model]"]]:
    for model in own_models():
        for field in model._meta.local_fields:
            if isinstance(field, models.ForeignKey):
                yield model, field


def place(model: type[models.Model], field: models.Field) -> str:
    return f"{model._meta.label}.{field.name}"


def test_every_app_has_its_step() -> None:
    missing = sorted({model._meta.app_label for model in own_models()} - STEP.keys())
    assert not missing, f"Put these into the staircase here and into the layer contract: {missing}"


def test_a_foreign_key_never_points_upward_or_to_a_sibling() -> None:
    found = [
        f"{place(model, field)} -> {field.related_model._meta.label}"
        for model, field in relations()
        if (target := field.related_model._meta.app_label) in STEP
        and model._meta.app_label != target
        and STEP[target] >= STEP[model._meta.app_label]
    ]
    assert not found, "Keep the uuid of the higher thing instead, or turn the key round:\n" + "\n".join(found)


def test_a_foreign_key_to_another_app_leaves_no_way_back() -> None:
    found = [
        place(model, field)
        for model, field in relations()
        if field.related_model._meta.app_label != model._meta.app_label
        and not str(field.remote_field.related_name or "").endswith("+")
    ]
    assert not found, 'A reverse accessor is an upward arrow. Add related_name="+":\n' + "\n".join(found)


def test_a_foreign_key_is_named_after_the_thing_and_not_after_its_number() -> None:
    found = [place(model, field) for model, field in relations() if field.name.endswith("_id")]
    assert not found, f"Drop `_id` from the name; Django adds it to the column: {found}"


def test_every_model_states_its_facts_for_the_gate() -> None:
    found = [model._meta.label for model in own_models() if not isinstance(getattr(model, "facts", None), Facts)]
    assert not found, f"Add `facts = Facts(...)`: whose data, which parties, how sensitive: {found}"


def test_moments_and_days_are_told_by_their_names() -> None:
    found = []
    for model in own_models():
        for field in model._meta.local_fields:
            moment, day = isinstance(field, models.DateTimeField), type(field) is models.DateField
            if moment and field.name != "at" and not field.name.endswith("_at"):
                found.append(f"{place(model, field)} is a moment: end it with _at")
            if day and field.name not in DAY_WORDS and not field.name.endswith(("_on", "_from", "_to")):
                found.append(f"{place(model, field)} is a day: end it with _on, a period with _from and _to")
    outside = [line for line in found if not line.startswith("accounts.Account.last_login")]
    assert not outside, "\n".join(outside)
