"""Goals with progress and milestones, and the chain from a goal up to the mission."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from upwell.domain.sources.goals.choices import GoalState
from upwell.domain.sources.goals.models import Goal, Milestone, Progress
from upwell.domain.strategy import queries as strategy
from upwell.domain.strategy.queries import ObjectiveRow
from upwell.foundation.people.models import Person, Unit


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    """A step on the way to a goal."""

    id: int
    text: str
    due_on: dt.date | None
    done_on: dt.date | None


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """How far a goal was on a day."""

    on: dt.date
    percent: int
    note: str


@dataclass(frozen=True, slots=True)
class GoalRow:
    """One goal with its newest progress."""

    id: int
    uuid: UUID
    title: str
    measure: str
    weight: float
    state: str
    due_on: dt.date | None
    owner: str
    owner_uuid: UUID
    of_unit: bool
    objective: str
    objective_uuid: UUID | None
    parent: str
    parent_uuid: UUID | None
    percent: int | None
    progressed_on: dt.date | None
    milestones: tuple[MilestoneRow, ...]

    @property
    def state_words(self) -> str:
        """Where it stands, in words."""
        return str(GoalState(self.state).label)

    @property
    def missing(self) -> tuple[str, ...]:
        """What keeps a draft from being activated."""
        lacks = [("a measure", not self.measure.strip()), ("a milestone", not self.milestones)]
        return tuple(words for words, lacking in lacks if lacking) if self.state == GoalState.DRAFT else ()


@dataclass(frozen=True, slots=True)
class GoalDetail:
    """A goal, its history, what serves it and what it serves."""

    row: GoalRow
    progress: tuple[ProgressRow, ...]
    children: tuple[GoalRow, ...]
    chain: "GoalChain"


@dataclass(frozen=True, slots=True)
class GoalChain:
    """Upward from a goal: the goals above it, then the objectives up to the mission (R01)."""

    goals: tuple[GoalRow, ...]
    objectives: tuple[ObjectiveRow, ...]

    @property
    def is_orphan(self) -> bool:
        """Whether nothing above it is named."""
        return not self.objectives


def goals_of(person: Person, *, states: tuple[str, ...] = ()) -> tuple[GoalRow, ...]:
    """Goals of a person; two statements."""
    found = Goal.objects.filter(person=person)
    return _goals(found.filter(state__in=states) if states else found)


def served_by(person: Person, *, limit: int = 3) -> tuple[tuple[UUID, str, str], ...]:
    """Active goals of a person, heaviest first: uuid, title, and the objective each serves or ""; one statement."""
    found = Goal.objects.filter(person=person, state=GoalState.ACTIVE).order_by("-weight", "due_on", "id")
    named = found.values_list("uuid", "title", "objective__title", "parent__objective__title")[:limit]
    return tuple((key, title, own or above or "") for key, title, own, above in named)


def goals_of_unit(unit: Unit, *, states: tuple[str, ...] = ()) -> tuple[GoalRow, ...]:
    """Goals of a unit itself; two statements."""
    found = Goal.objects.filter(unit=unit)
    return _goals(found.filter(state__in=states) if states else found)


def detail(goal: Goal) -> GoalDetail:
    """A goal with its history and its chain; at most one statement per goal above it, and seven more."""
    (row,) = _goals(Goal.objects.filter(pk=goal.pk))
    return GoalDetail(
        row=row,
        progress=tuple(ProgressRow(*values) for values in goal.progress.values_list("on", "percent", "note")),
        children=_goals(Goal.objects.filter(parent=goal)),
        chain=chain_upward(goal),
    )


def chain_upward(goal: Goal) -> GoalChain:
    """From a goal to the mission; the first goal on the way that names an objective decides."""
    above: list[int] = []
    objective_id, parent = goal.objective_id, goal.parent
    while parent is not None and parent.pk not in above and parent.pk != goal.pk:
        above.append(parent.pk)
        objective_id = objective_id or parent.objective_id
        parent = parent.parent
    rows = {row.id: row for row in _goals(Goal.objects.filter(pk__in=above))} if above else {}
    return GoalChain(tuple(rows[pk] for pk in above), strategy.chain_upward(objective_id))


def orphans(*, limit: int = 100) -> tuple[GoalRow, ...]:
    """Active goals that name neither an objective nor a goal above; two statements."""
    found = Goal.objects.filter(state=GoalState.ACTIVE, objective__isnull=True, parent__isnull=True)
    return _goals(found.order_by("due_on", "id"), limit)


def _goals(found: QuerySet[Goal], limit: int = 200) -> tuple[GoalRow, ...]:
    newest = Progress.objects.filter(goal=OuterRef("pk"))
    page = list(
        found.select_related("person", "unit", "objective", "parent").annotate(
            percent=Subquery(newest.values("percent")[:1]), progressed_on=Subquery(newest.values("on")[:1])
        )[:limit]
    )
    steps: dict[int, list[MilestoneRow]] = defaultdict(list)
    for step in Milestone.objects.filter(goal__in=[goal.pk for goal in page]):
        steps[step.goal_id].append(MilestoneRow(step.pk, step.text, step.due_on, step.done_on))
    return tuple(_row(goal, tuple(steps[goal.pk])) for goal in page)


def _row(goal: Goal, milestones: tuple[MilestoneRow, ...]) -> GoalRow:
    owner = goal.person or goal.unit
    assert owner is not None
    return GoalRow(
        id=goal.pk,
        uuid=goal.uuid,
        title=goal.title,
        measure=goal.measure,
        weight=goal.weight,
        state=goal.state,
        due_on=goal.due_on,
        owner=owner.name,
        owner_uuid=owner.uuid,
        of_unit=goal.unit_id is not None,
        objective=goal.objective.title if goal.objective else "",
        objective_uuid=goal.objective.uuid if goal.objective else None,
        parent=goal.parent.title if goal.parent else "",
        parent_uuid=goal.parent.uuid if goal.parent else None,
        percent=getattr(goal, "percent", None),
        progressed_on=getattr(goal, "progressed_on", None),
        milestones=milestones,
    )
