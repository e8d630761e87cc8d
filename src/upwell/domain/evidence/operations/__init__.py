"""The verbs of evidence."""

from upwell.domain.evidence.operations.corrections import (
    AlreadyRetracted,
    NotASecondVerifier,
    retract,
    verify,
)
from upwell.domain.evidence.operations.recording import (
    CapabilityWithoutScale,
    CategoryNotOnScale,
    ObservedInFuture,
    SourceDoesNotFit,
    observe,
)

__all__ = [
    "AlreadyRetracted",
    "CapabilityWithoutScale",
    "CategoryNotOnScale",
    "NotASecondVerifier",
    "ObservedInFuture",
    "SourceDoesNotFit",
    "observe",
    "retract",
    "verify",
]
