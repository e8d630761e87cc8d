"""Verbs of plans."""

from upwell.domain.plans.operations.actions import (
    NotDecidable,
    accept,
    close_with_reason,
    decline,
    finish,
    mark_applied,
    note_use,
    receive_statement,
    swap,
)
from upwell.domain.plans.operations.drafting import (
    NothingToAddress,
    add_action,
    add_intervention,
    agree,
    decline_plan,
    expire_plans,
    propose,
    set_budget,
)
from upwell.domain.plans.operations.offering import offer_beside_work, offer_items
from upwell.domain.plans.operations.reviews import close_review
from upwell.domain.plans.operations.training import TrainingNotOpened, training_is_open

__all__ = [
    "NotDecidable",
    "NothingToAddress",
    "TrainingNotOpened",
    "accept",
    "add_action",
    "add_intervention",
    "agree",
    "close_review",
    "close_with_reason",
    "decline",
    "decline_plan",
    "expire_plans",
    "finish",
    "mark_applied",
    "note_use",
    "offer_beside_work",
    "offer_items",
    "propose",
    "receive_statement",
    "set_budget",
    "swap",
    "training_is_open",
]
