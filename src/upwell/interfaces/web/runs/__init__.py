"""Runs: where a computed number comes from."""
