"""Verbs of imports."""

from upwell.domain.intake.operations.staging import UndoRefusedError, Upload, WrongStateError, apply, stage, undo

__all__ = ["UndoRefusedError", "Upload", "WrongStateError", "apply", "stage", "undo"]
