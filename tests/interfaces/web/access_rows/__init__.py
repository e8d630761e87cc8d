"""Rows of the access table, one file for each noun."""
