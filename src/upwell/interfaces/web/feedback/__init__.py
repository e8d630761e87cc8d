"""Feedback: give, ask for, answer, read."""
