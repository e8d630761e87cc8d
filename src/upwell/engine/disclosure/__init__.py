"""Disclosure control: the one function through which every aggregate about people passes.

Small groups are withheld, and so is whatever else would give them away by subtraction from a total, from the
margins of a table, from the units around, or by comparing two reports. See ``docs/methods/disclosure.md``.
"""

from upwell.engine.disclosure.comparing import CHANGED, DifferencingCheck, differencing_safe
from upwell.engine.disclosure.protecting import SHIELD, SMALL, WITHHELD, for_readers, protect

__all__ = [
    "CHANGED",
    "SHIELD",
    "SMALL",
    "WITHHELD",
    "DifferencingCheck",
    "differencing_safe",
    "for_readers",
    "protect",
]
