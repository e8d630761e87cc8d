"""Cycles: drafting, checking, opening, following and closing a round of reviews."""
