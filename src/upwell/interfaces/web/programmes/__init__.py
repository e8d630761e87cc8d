"""Programmes: what was wanted, what effect was found, what was decided."""
