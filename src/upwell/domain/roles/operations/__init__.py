"""The verbs of roles."""

from upwell.domain.roles.operations.holdings import assign_role, choose_target_role, drop_target_role
from upwell.domain.roles.operations.profiles import create_family, create_role, retire_role
from upwell.domain.roles.operations.requirements import end_requirement, set_requirement

__all__ = [
    "assign_role",
    "choose_target_role",
    "create_family",
    "create_role",
    "drop_target_role",
    "end_requirement",
    "retire_role",
    "set_requirement",
]
