"""Upwell: performance management and learning as one loop."""

__version__ = "0.1.0"
