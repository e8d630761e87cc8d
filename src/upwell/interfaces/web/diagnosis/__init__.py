"""Needs, why they are there, and what stands in the way."""
