"""Imports: hand files in, see what they would do, apply, take back."""
