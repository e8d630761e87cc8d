"""Kernels: arrays in, arrays or frozen results out; nothing here knows a column name."""
