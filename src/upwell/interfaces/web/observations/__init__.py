"""Observing everyday work in twenty seconds, and seeing how the level moved."""
