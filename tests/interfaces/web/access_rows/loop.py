"""Reviews, needs, diagnoses, plans and use on the job."""

from tests.cast import NOON, Cast
from tests.factories import (
    ActionFactory,
    ApplicationFactory,
    BarrierFactory,
    CapabilityFactory,
    CommitmentFactory,
    NeedFactory,
    PlanFactory,
    ReassessmentFactory,
    ReviewFactory,
)
from tests.interfaces.web.access_table import Row, everyone, only

from upwell.domain.plans.models import Action, Plan
from upwell.domain.sources.reviews.models import Review

WRITERS = everyone(404, ada=403, chen=403, dora=403, gita=403)
UPWARDS_OF_ADA = everyone(404, ada=200, boris=200, chen=200, dora=200, gita=403)


def handed_in(cast: Cast) -> Review:
    return ReviewFactory(subject=cast.ada.person, reviewer=cast.boris.person, state="submitted", submitted_at=NOON)


def a_review(cast: Cast) -> dict[str, object]:
    return {"uuid": handed_in(cast).uuid}


def a_draft(cast: Cast) -> dict[str, object]:
    return {"uuid": ReviewFactory(subject=cast.ada.person, reviewer=cast.boris.person).uuid}


def a_question(cast: Cast) -> dict[str, object]:
    return {**a_draft(cast), "capability": CapabilityFactory().uuid}


def a_need(cast: Cast) -> dict[str, object]:
    return {"uuid": NeedFactory(person=cast.ada.person).uuid}


def a_barrier(cast: Cast) -> dict[str, object]:
    return {"uuid": BarrierFactory(diagnosis__need__person=cast.ada.person).uuid}


def plan_of_ada(cast: Cast) -> Plan:
    return PlanFactory(person=cast.ada.person, manager=cast.boris.person, state="proposed")


def action_of_ada(cast: Cast) -> Action:
    return ActionFactory(plan=plan_of_ada(cast), need=NeedFactory(person=cast.ada.person))


def a_plan(cast: Cast) -> dict[str, object]:
    return {"uuid": plan_of_ada(cast).uuid}


def an_action(cast: Cast) -> dict[str, object]:
    return {"uuid": action_of_ada(cast).uuid}


def a_commitment(cast: Cast) -> dict[str, object]:
    return {"uuid": CommitmentFactory(action=action_of_ada(cast)).uuid}


def a_use(cast: Cast) -> dict[str, object]:
    return {"uuid": ApplicationFactory(commitment__action=action_of_ada(cast)).uuid}


def a_reassessment(cast: Cast) -> dict[str, object]:
    return {"uuid": ReassessmentFactory(need__person=cast.ada.person, assessor=cast.boris.person).uuid}


def ada(cast: Cast) -> dict[str, object]:
    return {"uuid": cast.ada.person.uuid}


def managers(status: int, **others: int) -> dict[str, int]:
    """Boris manages Ada; Chen manages Boris alone; the others manage nobody."""
    return everyone(403, boris=status, chen=404) | others


ROWS = {
    "reviews": Row(everyone(200, gita=403)),
    "review": Row(UPWARDS_OF_ADA, a_review),
    "review-words": Row(WRITERS | {"boris": 302}, a_draft, "POST"),
    "review-submit": Row(WRITERS | {"boris": 302}, a_draft, "POST"),
    "review-answer": Row(WRITERS | {"boris": 422}, a_question, "POST"),
    "review-need": Row(WRITERS | {"boris": 422}, a_question, "POST"),
    "review-close": Row(everyone(404, ada=302, boris=302, chen=403, dora=403, gita=403), a_review, "POST"),
    "need": Row(UPWARDS_OF_ADA, a_need),
    "need-confirm": Row(everyone(404, ada=302, boris=302, chen=403, dora=403, gita=403), a_need, "POST"),
    "need-dismiss": Row(everyone(404, ada=422, boris=422, chen=403, dora=403, gita=403), a_need, "POST"),
    "diagnose": Row(everyone(404, ada=200, boris=200, dora=200, gita=403), a_need),
    "diagnosis-start": Row(managers(302), a_need, "POST"),
    "diagnosis-answer": Row(managers(302), a_need, "POST"),
    "diagnosis-decide": Row(managers(422), a_need, "POST"),
    "barrier-add": Row(managers(422), a_need, "POST"),
    "barrier-resolve": Row(managers(302), a_barrier, "POST"),
    "my-plan": Row(everyone(200, gita=403)),
    "decisions": Row(only("boris", "chen")),
    "plan-propose": Row(managers(200), ada),
    "plan": Row(everyone(404, ada=200, boris=200, gita=403), a_plan),
    "plan-agree": Row(everyone(404, ada=302, boris=302, gita=403), a_plan, "POST"),
    "plan-decline": Row(everyone(404, ada=422, boris=422, gita=403), a_plan, "POST"),
    "plan-add": Row(everyone(404, ada=200, boris=200, gita=403), a_plan),
    "action": Row(everyone(404, ada=200, boris=200, gita=403), an_action),
    "action-accept": Row(everyone(404, ada=302, boris=302, gita=403), an_action, "POST"),
    "action-swap": Row(everyone(404, ada=422, boris=422, gita=403), an_action, "POST"),
    "action-decline": Row(everyone(404, ada=422, boris=422, gita=403), an_action, "POST"),
    "action-done": Row(everyone(404, ada=302, boris=403, gita=403), an_action, "POST"),
    "action-close": Row(everyone(404, ada=302, boris=403, gita=403), an_action, "POST"),
    "transfer": Row(everyone(403, boris=200, chen=200, dora=200, emil=200, gita=200, hana=200)),
    "commitment-make": Row(everyone(404, ada=200, boris=403, gita=403), an_action),
    "application-log": Row(everyone(404, ada=200, boris=403, gita=403), a_commitment),
    "application-see": Row(everyone(404, ada=403, boris=302, gita=403), a_use, "POST"),
    "reassessment-plan": Row(managers(200), an_action),
    "reassess": Row(managers(200, chen=403), a_reassessment),
}
