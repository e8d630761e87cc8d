"""Errors that the engine raises on purpose. Their text is written for the person who supplied the data."""


class EngineError(Exception):
    """Anything the engine refuses; the message is one clear sentence."""


class FrameError(EngineError):
    """A frame breaks its contract (missing column, wrong type, value out of range, null, repeated key)."""


class ParameterError(EngineError):
    """A parameter or setting outside its allowed range."""


class NotEstimableError(EngineError):
    """The data cannot answer the question that was asked; the message says what is missing."""
