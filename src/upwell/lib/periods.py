"""Half-open periods of days on rows: `valid_from` <= day < `valid_to`, an empty `valid_to` meaning ongoing."""

import datetime as dt
from typing import Any, Self, TypeVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q

_Row = TypeVar("_Row", bound=models.Model)


class DateRange(Func):
    """The SQL range of a row's period, half-open."""

    function = "daterange"
    template = "%(function)s(%(expressions)s, '[)')"


class PointRange(Func):
    """An integer as a range of one, so that core GiST can compare it without an extension."""

    function = "int8range"
    template = "%(function)s(%(expressions)s, '[]')"


def no_overlap(name: str, *keys: str) -> ExclusionConstraint:
    """Forbid two rows with equal `keys` (integer columns) whose periods share a day."""
    expressions: list[tuple[Any, str]] = [(PointRange(F(key), F(key)), "&&") for key in keys]
    expressions.append((DateRange(F("valid_from"), F("valid_to")), "&&"))
    return ExclusionConstraint(name=name, expressions=expressions)


def in_order(name: str) -> models.CheckConstraint:
    """Forbid a period that ends on or before the day it begins."""
    return models.CheckConstraint(name=name, condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")))


def valid_on(day: dt.date, prefix: str = "") -> Q:
    """The condition that a row (reached by `prefix`, such as ``"holding__"``) is valid on `day`."""
    return Q(**{f"{prefix}valid_from__lte": day}) & (
        Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gt": day})
    )


class PeriodQuerySet(models.QuerySet[_Row]):
    """Rows with a period."""

    def as_of(self, day: dt.date) -> Self:
        """Keep the rows valid on `day`."""
        return self.filter(valid_on(day))
