"""Measurements of the engine: speed, memory and truth, beside other programs in the same run.

One module an area, each with ``measure(size)`` that yields lines. ``python -m benchmarks.engine`` runs them.
"""
